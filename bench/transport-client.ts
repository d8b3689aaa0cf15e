import { systemClock as clock } from '../src/lib/clock.ts'
import { Ticker } from '../src/lib/ticker.ts'
import { fetchTransport } from '../src/upstream/fetch-transport.ts'
import type { Transport } from '../src/upstream/transport.ts'
import { vendorTransport } from '../src/upstream/vendor-transport.ts'
import { DEFAULT_TIMEOUTS } from '../src/vendors/vendor.ts'

/** One side of `transport.ts`: so many requests, so many at once; prints the CPU time that they took, in microseconds. */
const [kind, port, count, concurrency, path] = process.argv.slice(2)
const transport: Transport =
  kind === 'fetch' ? fetchTransport : vendorTransport({ clock, ticker: new Ticker(clock) })
const body = Buffer.from(
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(900) }] }),
)
const headers = Object.freeze({
  'content-type': 'application/json',
  accept: 'application/json',
  authorization: 'Bearer sk-0123456789012345678901234567890123456789',
})
const url = `http://127.0.0.1:${port}${path}`
let bytes = 0
let pieces = 0

function one(): Promise<void> {
  return new Promise((resolve, reject) => {
    transport(
      { url, headers, body },
      {
        head(_, fields) {
          fields.get('content-type')
          fields.get('x-request-id')
        },
        data(piece) {
          bytes += piece.length
          pieces += 1
        },
        end: resolve,
        fail: reject,
      },
      { timeouts: DEFAULT_TIMEOUTS },
    )
  })
}

async function run(total: number): Promise<void> {
  let left = total
  const worker = async () => {
    while (left-- > 0) await one()
  }
  await Promise.all(Array.from({ length: Number(concurrency) }, worker))
}

await run(Math.min(Number(count), path === '/stream' ? Number(concurrency) : 5_000))
bytes = 0
pieces = 0
const before = process.cpuUsage()
const startedAt = performance.now()
await run(Number(count))
const { user, system } = process.cpuUsage(before)
console.log(JSON.stringify({ cpuUs: user + system, wallMs: performance.now() - startedAt, bytes, pieces }))
process.exit()
