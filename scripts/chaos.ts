import { parseArgs } from 'node:util'
import { ANSWER_BYTES, leaveAtAnswerBytes, leaveAtVendorBytes, VENDOR_BYTES } from '../test/chaos/offsets'
import { addRounds, hasPostgres, play } from '../test/chaos/play'
import type { Round, RoundOptions } from '../test/chaos/round'

/** `bun run chaos [--seed n] [--kills 200] [--minutes n]`: kills and breaks everything, then lays the vendor's bill beside the ledger. */
const { values } = parseArgs({
  args: process.argv.slice(2),
  strict: true,
  options: {
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    kills: { type: 'string', default: '200' },
    /** No further round is begun after so long; without it all kills are done, however long that takes. */
    minutes: { type: 'string' },
    callers: { type: 'string', default: '60' },
  },
})
const seed = positive('seed')
const kills = positive('kills')
const callers = positive('callers')
const until = values.minutes === undefined ? Infinity : performance.now() + positive('minutes') * 60_000
const KILLS_A_ROUND = 20
const EMBEDDED_SHARE = 10
const MINUTE_MS = 60_000
const LEAVERS = '20000'
/** Of a round's problems; of the others the kinds are counted. */
const MOST_TOLD = 50

function positive(name: keyof typeof values): number {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value > 0) return value
  console.error(`--${name} is ${values[name]}; a whole number above 0 is wanted`)
  process.exit(2)
}

function roundOf(share: number): Omit<RoundOptions, 'firstTag'> {
  return {
    kills: share,
    callers,
    mostPauseMs: 1_200,
    mostTroubleMs: 6_000,
    awaitsAdoption: false,
    longOutageMs: 0,
  }
}

function* roundsOf(total: number): Generator<Omit<RoundOptions, 'firstTag'>> {
  for (let left = total; left > 0 && performance.now() < until; left -= KILLS_A_ROUND) {
    const isFirst = left === total
    const options = roundOf(Math.min(left, KILLS_A_ROUND))
    yield { ...options, awaitsAdoption: isFirst, longOutageMs: isFirst ? MINUTE_MS : 0 }
  }
}

function tell(title: string, lines: Record<string, number>): void {
  console.log(`\n${title}`)
  for (const name of Object.keys(lines).sort()) console.log(`  ${name.padEnd(44)} ${lines[name]}`)
}

const begun = performance.now()
console.log(`seed ${seed}`)
const onRound = ({ done, counts, problems }: Round) => {
  const seconds = Math.round((performance.now() - begun) / 1_000)
  console.log(
    `${seconds} s: ${done['kill -9'] ?? 0} kills, ${counts['vendor calls']} calls, ${problems.length} problems`,
  )
  tellProblems(problems)
}

/** The first of them, and how many of which kind are not told. */
function tellProblems(problems: readonly string[]): void {
  for (const text of problems.slice(0, MOST_TOLD)) console.log(`  ${text}`)
  const rest = problems.slice(MOST_TOLD)
  if (rest.length > 0) console.log(`  … and ${rest.length} more: ${kindsOf(rest)}`)
}

function kindsOf(problems: readonly string[]): string {
  const kinds = Map.groupBy(problems, text => text.split(':', 1)[0])
  return [...kinds].map(([kind, { length }]) => `${kind} ${length}`).join(', ')
}

/** Callers that leave at every byte, of what the vendor sends and of what they read. */
async function sweepOffsets(): Promise<Round> {
  const every = (end: number) => Array.from({ length: end + 1 }, (_, offset) => offset)
  const sum: Round = { counts: {}, done: {}, problems: [], nextTag: 0 }
  for (const mode of ['abort', 'drain'] as const) {
    const atVendor = await leaveAtVendorBytes(mode, every(VENDOR_BYTES))
    const atAnswer = await leaveAtAnswerBytes(mode, every(ANSWER_BYTES))
    sum.done[`left at every byte the vendor sends (${mode})`] = atVendor.left
    sum.done[`left at every byte of the answer (${mode})`] = atAnswer.left
    sum.problems.push(...atVendor.problems, ...atAnswer.problems)
  }
  console.log(`every byte of a stream: ${sum.problems.length} problems`)
  tellProblems(sum.problems)
  return sum
}

const embedded = Math.ceil(kills / EMBEDDED_SHARE)
const swept = await sweepOffsets()
let sum = await play({
  seed,
  database: 'embedded',
  rounds: [roundOf(hasPostgres ? embedded : kills)],
  onRound,
})
if (hasPostgres)
  sum = addRounds(sum, await play({ seed: seed + 1, database: 'postgres', rounds: roundsOf(kills), onRound }))
else console.log('PostgreSQL is not installed: only the embedded database was there, and nothing broke it.')
sum = addRounds(sum, swept)
const leavers = Bun.spawnSync([process.execPath, 'test', 'test/chaos/leavers.test.ts'], {
  cwd: `${import.meta.dir}/..`,
  env: { ...process.env, CHAOS_LEAVERS: LEAVERS },
  stdio: ['ignore', 'inherit', 'inherit'],
})
if (!leavers.success) sum.problems.push('what is held after callers left is not as before')
tell('done', sum.done)
tell('found', sum.counts)
const of = (kind: string) => `${kind} ${sum.problems.filter(text => text.startsWith(`${kind}:`)).length}`
console.log(`\n${of('missing')}, ${of('duplicate')}, ${of('wrong')}; ${sum.done['kill -9'] ?? 0} × kill -9`)
if (sum.problems.length > 0) console.log(`by kind: ${kindsOf(sum.problems)}`)
console.log(
  `${sum.problems.length} problems, seed ${seed}, ${Math.round((performance.now() - begun) / 1_000)} s`,
)
process.exit(sum.problems.length > 0 ? 1 : 0)
