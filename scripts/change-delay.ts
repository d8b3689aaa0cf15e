import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chat } from '../test/boot/chat'
import { makeKey, manage } from '../test/boot/management'
import { openStream } from '../test/boot/open-stream'
import { startGateway, stopEverything, temporaryFolder } from '../test/boot/start-process'
import { createDatabase, realServer } from '../test/postgres'

/** `bun scripts/change-delay.ts [--rounds 50]`: how soon a revoked key is refused, and its streams cut, on three processes. */
const { values } = parseArgs({
  args: process.argv.slice(2),
  strict: true,
  options: { rounds: { type: 'string', default: '50' } },
})
const ADMIN_KEY = 'cm_adm_of_this_measurement_0123456789abc'
const PROCESSES = 3
const POLL_MS = 10

const server = await realServer()
if (!server) throw new Error('there is no PostgreSQL')
const env = { DATABASE_URL: await createDatabase(server), CALLMISSED_ADMIN_KEY: ADMIN_KEY, DEMO: '1' }
const gateways = await Promise.all(
  Array.from({ length: PROCESSES }, () => startGateway(join(temporaryFolder(), 'data'), { env })),
)
const [first] = gateways
if (!first) throw new Error('no gateway')

const refused: number[] = []
const cut: number[] = []
for (let round = 0; round < Number(values.rounds); round++) {
  const { key, id } = await makeKey(first, ADMIN_KEY)
  const streams = await Promise.all(gateways.map(gateway => openStream(gateway, key)))
  const ends = streams.map(stream => stream.end())
  await Bun.sleep(Math.random() * 500)
  const from = performance.now()
  await manage(first, ADMIN_KEY, `/keys/${id}`, { method: 'DELETE', body: undefined })
  const refusals = gateways.map(async gateway => {
    while ((await chat(gateway, 'Hi', { key })).status !== 401) await Bun.sleep(POLL_MS)
    return performance.now()
  })
  refused.push(Math.max(...(await Promise.all(refusals))) - from)
  cut.push(Math.max(...(await Promise.all(ends)).map(({ endedAt }) => endedAt)) - from)
}
await stopEverything()
tell('refused everywhere', refused)
tell('streams cut everywhere', cut)
process.exit(0)

function tell(what: string, times: number[]): void {
  const sorted = times.toSorted((one, other) => one - other).map(Math.round)
  const middle = sorted[sorted.length >> 1]
  console.log(`${what}: median ${middle} ms, latest ${sorted.at(-1)} ms, of ${sorted.length}`)
}
