import { parseArgs } from 'node:util'
import { Storm } from '../test/limits/budget/storm'
import { Chance } from '../test/spool/chance'

/** `bun scripts/budget-storm.ts [--rounds 100] [--seed n] [--requests 1000] [--kills 2]`: budgets against many at once and processes that die. */
const { values } = parseArgs({
  args: process.argv.slice(2),
  strict: true,
  options: {
    rounds: { type: 'string', default: '100' },
    requests: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '2' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
})
const [rounds, requests, kills, seed] = [values.rounds, values.requests, values.kills, values.seed].map(
  Number,
)
if (![rounds, requests, kills, seed].every(Number.isSafeInteger)) {
  console.error('whole numbers are wanted')
  process.exit(2)
}

console.log(`seed ${seed}`)
const chance = new Chance(seed!)
const storm = await Storm.start()
let problems = 0
let crashed = 0
for (let round = 1; round <= rounds!; round++) {
  const begun = performance.now()
  const found = await storm.round({ requests: requests!, kills: kills!, chance })
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  const answers = Object.entries(found.answers)
    .sort()
    .map(([answer, count]) => `${count} × ${answer}`)
  crashed += found.crashed
  console.log(
    `${round}: ${seconds} s, ${found.spentPicoUsd} pico-dollars spent, ${found.crashed} killed at their vendor, ${answers.join(', ')}`,
  )
  for (const problem of found.problems) console.log(`  ${problem}`)
  problems += found.problems.length
}
await storm.stop()
console.log(
  `${problems} problems in ${rounds} rounds, ${crashed} requests killed at their vendor, seed ${seed}`,
)
process.exit(problems > 0 ? 1 : 0)
