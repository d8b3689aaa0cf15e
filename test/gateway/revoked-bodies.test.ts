import { expect, test } from 'bun:test'
import { limitedWorld } from './limited-world'
import { talk } from './raw-socket'
import { ROUTES, type Route } from './routes'

const world = limitedWorld()

/** The request up to the middle of its body. */
async function halfOf({ path, body }: Route, chunked: boolean): Promise<Uint8Array> {
  const whole = body instanceof FormData ? new Response(body) : Response.json(body)
  // Bun has no type any more once the bytes were read.
  const type = whole.headers.get('content-type')
  const bytes = await whole.bytes()
  const half = bytes.subarray(0, Math.floor(bytes.length / 2))
  const head = [
    `POST /v1/${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${world.key}`,
    `content-type: ${type}`,
    chunked ? 'transfer-encoding: chunked' : `content-length: ${bytes.length}`,
  ].join('\r\n')
  const start = chunked ? `${half.length.toString(16)}\r\n` : ''
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n${start}`), half])
}

for (const chunked of [false, true])
  test.each(ROUTES.map(route => [route.path, route] as const))(
    `whose key is revoked while its body comes is refused at once, and holds nothing: /v1/%s${chunked ? ', chunked' : ''}`,
    async (_, route) => {
      const talking = talk(world.gateway.url, await halfOf(route, chunked), { answers: 1 })
      while (world.gateway.live.size === 0) await Bun.sleep(2)
      world.revoke(true)
      const [answer] = (await talking).answers
      expect(answer?.status).toBe(401)
      expect(JSON.parse(answer!.body).error.code ?? JSON.parse(answer!.body).error.message).toMatch(/revoked/)
      const record = await world.gateway.record()
      expect(record.errorCode).toBe('key_revoked')
      // A form whose model is known goes on to the vendor while it comes, which may bill it.
      if (route.path !== 'audio/transcriptions') {
        expect(record).toMatchObject({ outcome: 'rejected', costPicoUsd: 0n })
        expect(await world.vendor.calls()).toEqual([])
      }
      world.revoke(false)
      await world.expectAllBack(route)
    },
  )
