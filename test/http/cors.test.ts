import { afterAll, expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { createCors } from '../../src/http/cors'
import { listen } from '../../src/http/server'

const ORIGIN = 'https://app.example'
const serve = (corsOrigins: string[]) =>
  listen({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    corsOrigins,
    maxBodyBytes: 1024,
    handle: request => {
      if (request.url.endsWith('/fails')) throw new Error('a secret')
      if (request.url.endsWith('/refuses')) return new GatewayError('invalid_api_key', 'No.').toResponse()
      return new Response('{}', { headers: { vary: 'accept' } })
    },
  })
const open = serve([ORIGIN, 'http://localhost:3000'])
const all = serve(['*'])
const closed = serve([])
afterAll(async () => {
  await open.stop(true)
  await all.stop(true)
  await closed.stop(true)
})

const ask = (server: typeof open, init: RequestInit & { headers: Record<string, string> }, path = '/') =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init)
const corsHeaders = (response: Response) =>
  [...response.headers.keys()].filter(name => name.startsWith('access-control'))
const preflight = (origin: string, more = {}) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST', ...more },
})

test('wire 9: a browser of an allowed origin may send what the SDKs send', async () => {
  const wanted = 'authorization,content-type,x-stainless-lang,x-stainless-retry-count'
  const response = await ask(open, preflight(ORIGIN, { 'access-control-request-headers': wanted }))
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
  expect(response.headers.get('access-control-allow-headers')).toBe(wanted)
  expect(response.headers.get('access-control-allow-methods')).toContain('POST')
  expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  expect(response.headers.get('vary')).toContain('origin')
  expect(response.headers.get('x-request-id')).not.toBeNull()
})

test('wire 9, 22: it may read the id, the limits, the cost, and when to come again', async () => {
  const response = await ask(open, { headers: { origin: ORIGIN } })
  const exposed = response.headers.get('access-control-expose-headers')?.split(', ')
  for (const name of [
    'x-request-id',
    'x-callmissed-request-id',
    'x-callmissed-cost-usd',
    'retry-after',
    'retry-after-ms',
    'x-should-retry',
    'x-ratelimit-remaining-requests',
  ])
    expect(exposed).toContain(name)
  expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
  expect(response.headers.get('vary')).toBe('accept, origin')
})

test('it may read errors, too', async () => {
  for (const path of ['/refuses', '/fails']) {
    const response = await ask(open, { headers: { origin: ORIGIN } }, path)
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
  }
})

for (const origin of [
  'null',
  'https://evil.example',
  'https://app.example.evil',
  'http://app.example',
  'https://APP.example',
  '*',
  `${ORIGIN}, ${ORIGIN}`,
])
  test(`T96 the origin '${origin}' gets no header`, async () => {
    const plain = await ask(open, { headers: { origin } })
    const asked = await ask(open, preflight(origin))
    expect([corsHeaders(plain), corsHeaders(asked)]).toEqual([[], []])
  })

test('with * a browser of every origin may call, and bring no cookies', async () => {
  for (const origin of ['https://any.example', 'null']) {
    const asked = await ask(all, preflight(origin, { 'access-control-request-headers': 'authorization' }))
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-headers')).toBe('authorization')
    for (const response of [asked, await ask(all, { headers: { origin } })]) {
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    }
  }
  expect(corsHeaders(await ask(all, { headers: {} }))).toEqual([])
})

test('without a configured origin no header is ever sent', async () => {
  for (const origin of [ORIGIN, 'null', '*']) {
    const plain = await ask(closed, { headers: { origin } })
    const asked = await ask(closed, preflight(origin))
    expect([corsHeaders(plain), corsHeaders(asked)]).toEqual([[], []])
  }
})

test('a caller that is no browser sees no CORS header', async () => {
  expect(corsHeaders(await ask(open, { headers: {} }))).toEqual([])
})

test('OPTIONS without an origin is a request like any other', () => {
  expect(createCors([ORIGIN]).preflight(new Request('http://x/', { method: 'OPTIONS' }))).toBeUndefined()
})
