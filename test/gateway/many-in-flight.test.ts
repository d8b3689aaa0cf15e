import { expect, test } from 'bun:test'
import { systemClock as clock } from '../../src/lib/clock'
import { Ticker } from '../../src/lib/ticker'
import { vendorTransport } from '../../src/upstream/vendor-transport'
import { makeCertificate } from '../upstream/certificate'
import { startGateway } from './start-gateway'

/** Bun's own `fetch` sends 256 at once and lets the others wait without a word. */
const AT_ONCE = 600
const ANSWER = {
  id: 'c',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

for (const scheme of ['http', 'https'] as const)
  test(`${AT_ONCE} requests reach a vendor over ${scheme} at the same time: none waits for another`, async () => {
    const certificate = makeCertificate('localhost')
    let arrived = 0
    const everyone = Promise.withResolvers<void>()
    const vendor = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 0,
      ...(scheme === 'https' && { tls: certificate }),
      async fetch(request) {
        await request.text()
        arrived += 1
        if (arrived === AT_ONCE) everyone.resolve()
        // Nobody is answered before all have come: one that was made to wait would wait for ever.
        await everyone.promise
        return Response.json(ANSWER)
      },
    })
    const ticker = new Ticker(clock)
    const transport = vendorTransport({
      clock,
      ticker,
      ca: certificate.cert,
      addressOf: () => '127.0.0.1',
    })
    const gateway = startGateway({ vendors: { acme: `${scheme}://localhost:${vendor.port}/v1` }, transport })
    const app = (body: object) =>
      gateway.app.fetch(
        new Request(`${gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      )
    const asked = Array.from({ length: AT_ONCE }, () =>
      app({ model: 'm', messages: [{ role: 'user', content: 'x' }] }),
    )
    const answers = await Promise.all(asked)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(arrived).toBe(AT_ONCE)
    await gateway.record(AT_ONCE)
    await gateway.stop()
    await vendor.stop(true)
  }, 60_000)
