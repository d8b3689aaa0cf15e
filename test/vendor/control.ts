import { billOf, type Entry } from './ledger'
import type { ListeningVendor } from './listen'
import { decodeSteps } from './step'

/** The tests' side of the vendor: JSON over a port of its own. */
export function listenControl(vendor: ListeningVendor) {
  return Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: 512 * 1024 * 1024,
    async fetch(request) {
      const url = new URL(request.url)
      const query = (name: string) => url.searchParams.get(name) ?? ''
      switch (`${request.method} ${url.pathname}`) {
        case 'PUT /script':
          vendor.scripts.set(query('name'), {
            scripts: ((await request.json()) as unknown[][]).map(decodeSteps),
            calls: 0,
          })
          return Response.json({})
        case 'GET /calls':
          return Response.json(
            [...vendor.ledger.entries.values()]
              .filter(entry => !query('name') || entry.name === query('name'))
              .map(entry => row(entry, query('bodies') !== 'no')),
          )
        case 'GET /call':
          return Response.json(
            await findCall(vendor, query('name'), Number(query('count')), Number(query('timeout'))),
          )
        case 'GET /ended':
          return Response.json(await findEnded(vendor, query('id'), query('how'), Number(query('timeout'))))
        case 'GET /connections':
          return Response.json({
            open: vendor.connections.size,
            accepted: vendor.accepted(),
            forgotten: vendor.ledger.forgotten,
          })
        case 'POST /open':
          vendor.ledger.gates.add(query('name'))
          return Response.json({})
        case 'POST /clear':
          vendor.scripts.clear()
          vendor.ledger.clear()
          return Response.json({})
        default:
          return Response.json({ error: 'unknown' }, { status: 404 })
      }
    },
  })
}

async function findCall({ ledger }: ListeningVendor, name: string, count: number, timeoutMs: number) {
  const found = () => [...ledger.entries.values()].filter(entry => entry.name === name)[count - 1]
  await ledger.until(() => found() !== undefined, timeoutMs)
  const entry = found()
  return entry ? row(entry, true) : null
}

async function findEnded({ ledger }: ListeningVendor, id: string, how: string, timeoutMs: number) {
  const entry = ledger.entries.get(id)
  if (!entry) return null
  await ledger.until(() => entry.ending !== null && (how !== 'left' || entry.ending === 'left'), timeoutMs)
  return row(entry, true)
}

function row({ body, ...entry }: Entry, withBody: boolean) {
  return {
    ...entry,
    bill: billOf(entry as Entry),
    base64: withBody ? (body?.toString('base64') ?? null) : null,
  }
}
