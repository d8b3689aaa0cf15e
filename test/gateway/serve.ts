import { ENDPOINTS } from '../../src/catalog/model'
import { priceOf } from '../catalog/price-of'
import { startVendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway } from './start-gateway'

/** Those called `e…` are for tests that run at the same time. */
const MODELS = ['m', 'org/m', ...Array.from({ length: 20 }, (_, index) => `e${index}`)]

/**
 * The gateway of the tests, whose models serve every endpoint, and its vendor as a process of their own, for clients that are none of Bun's and for
 * what must be measured from outside. Prints one line of JSON and ends with its parent. The control port takes
 * `PUT /script?name=` (a list of scripts), `GET /calls?name=`, `GET /ended?id=`, `GET /records`, `GET /logs`,
 * `GET /memory` (bytes resident after a collection) and `POST /clear`.
 */
const vendor = await startVendor()
const price = priceOf({
  input: '2.50',
  cached_input: '0.25',
  output: '10.00',
  audio_minute: '0.006',
  character: '15',
  image: '0.04',
})
const gateway = startGateway({
  vendors: { acme: vendor.url },
  models: MODELS,
  model: { endpoints: [...ENDPOINTS], price },
})
const control = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: async request => {
    const url = new URL(request.url)
    const query = (name: string) => url.searchParams.get(name) ?? ''
    switch (`${request.method} ${url.pathname}`) {
      case 'PUT /script':
        await vendor.script(query('name'), ...((await request.json()) as [Step[], ...Step[][]]))
        return Response.json({})
      case 'GET /calls':
        return Response.json((await vendor.calls(query('name'))).map(withText))
      case 'GET /ended':
        return Response.json(withText(await vendor.waitForClosed(query('id'))))
      case 'GET /records':
        return Response.json(
          gateway.records.map(record => ({ ...record, costPicoUsd: String(record.costPicoUsd) })),
        )
      case 'GET /logs':
        return Response.json(gateway.logs)
      case 'GET /memory':
        Bun.gc(true)
        return Response.json(process.memoryUsage.rss())
      case 'POST /clear':
        gateway.records.length = 0
        await vendor.clear()
        return Response.json({})
      default:
        return new Response(null, { status: 404 })
    }
  },
})
const { url, key } = gateway
console.log(JSON.stringify({ url, key, control: `http://127.0.0.1:${control.port}` }))

for await (const _ of Bun.stdin.stream()) {
  // Nothing is said there: its end says that the parent is gone.
}
await vendor.stop()
process.exit(0)

function withText({ body, ...call }: { body: Buffer | null }) {
  return { ...call, body: body?.toString() ?? null }
}
