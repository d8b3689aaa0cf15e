import { join } from 'node:path'
import { run, start, stopAll } from './child.ts'
import { lines } from './lines.ts'
import { paired, spread } from './statistics.ts'

/**
 * `bun bench/transport.ts [rounds]`: the CPU time of a call to a vendor over our own client and over `fetch`, rounds
 * interleaved, against the same raw server in a process of its own.
 */
const ROUNDS = Number(process.argv[2] ?? 5)
const LOADS = [
  { name: 'JSON 1 KB, c=32', path: '/json', count: 30_000, concurrency: 32, per: (it: Measured) => it.count },
  {
    name: 'JSON 1 KB, c=256',
    path: '/json',
    count: 30_000,
    concurrency: 256,
    per: (it: Measured) => it.count,
  },
  {
    name: 'SSE, 200 streams × 10 ms, per chunk',
    path: '/stream',
    count: 600,
    concurrency: 200,
    per: (it: Measured) => it.pieces,
  },
]

interface Measured {
  cpuUs: number
  count: number
  pieces: number
}

const server = start([process.execPath, join(import.meta.dir, 'transport-server.ts'), '100', '10'])
const { value: port } = await lines(server.stdout).next()

async function measure(
  kind: string,
  { path, count, concurrency, per }: (typeof LOADS)[number],
): Promise<number> {
  const client = join(import.meta.dir, 'transport-client.ts')
  const command = [process.execPath, client, kind, port, String(count), String(concurrency), path]
  const printed = await run(command, 120_000, { env: { BUN_CONFIG_MAX_HTTP_REQUESTS: '65535' } })
  const measured = { count, ...(JSON.parse(printed) as { cpuUs: number; pieces: number }) }
  return measured.cpuUs / per(measured)
}

const cell = (values: readonly number[], digits = 1) => {
  const { median, low, high } = spread(values)
  return `${median.toFixed(digits)} [${low.toFixed(digits)}–${high.toFixed(digits)}]`
}

for (const load of LOADS) {
  const series: Record<string, number[]> = { own: [], fetch: [] }
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of round % 2 ? ['own', 'fetch'] : ['fetch', 'own'])
      series[kind]?.push(await measure(kind, load))
  const { own = [], fetch = [] } = series
  const ratios = paired(own, fetch, (left, right) => left / right)
  console.log(`${load.name}: own ${cell(own)} µs, fetch ${cell(fetch)} µs, own ÷ fetch ${cell(ratios, 2)}`)
}
await stopAll()
process.exit()
