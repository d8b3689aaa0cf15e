import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CANARY, expectRefusal, get, post, startTarget, type Target } from './bad-input'

let strict: Target
let open: Target
beforeAll(async () => {
  strict = await startTarget({ allowedHosts: ['gateway.example'] })
  open = await startTarget({ allowedHosts: ['*'] })
})
afterAll(async () => {
  await strict.stop()
  await open.stop()
})

const withHost = ({ gateway }: Target, ...hosts: string[]) =>
  `${hosts.map(host => `Host: ${host}\r\n`).join('')}Authorization: Bearer ${gateway.key}\r\n`

/** A router that went by the host would see another path behind each of these. */
const MALFORMED = [
  '',
  'x@localhost',
  'localhost/health?',
  'localhost/v1/models',
  'a?b',
  'a#b',
  'a b',
  'a,b',
  'a_b',
  'a\\b',
  'a%2fb',
  'é',
  '-a',
  'a-',
  '.a',
  'localhost.',
  'localhost:',
  ':80',
  'a:b',
  'a:99999',
  'a:65536',
  '[::1',
  '::1',
  '[1:2:3]',
  '[::::]',
  '999.999.999.999',
  '1.2.3.4.5',
  'a.1',
  'xn--a',
  '*',
  `${'a'.repeat(300)}`,
]

for (const host of MALFORMED)
  test(`T7 the Host '${host.slice(0, 40)}' is refused, whatever is allowed`, async () => {
    for (const target of [strict, open])
      for (const path of ['/v1/models', '/zz/v1/models', '/'])
        expectRefusal(await target.ask(get(withHost(target, host), path)), 400, 'unknown_host')
  })

for (const host of [
  'ab',
  'a.b',
  'evil.example',
  'localhost.evil.example',
  'gateway.example.evil',
  '0x7f000001',
])
  test(`T7 the Host '${host}' is refused where it is not allowed`, async () => {
    expectRefusal(await strict.ask(get(withHost(strict, host), '/v1/models')), 400, 'unknown_host')
  })

for (const host of [
  'localhost',
  'LOCALHOST:4000',
  '127.0.0.1',
  '10.1.2.3:80',
  '[::1]:4000',
  'Gateway.Example:443',
])
  test(`the Host '${host}' is taken`, async () => {
    expect((await strict.ask(get(withHost(strict, host), '/v1/models'))).status).toBe(200)
  })

test('T7 two Hosts are refused, also two of the same name', async () => {
  for (const other of ['localhost', 'evil.example'])
    for (const target of [strict, open])
      expectRefusal(
        await target.ask(get(withHost(target, 'localhost', other), '/v1/models')),
        400,
        'unknown_host',
      )
})

test('T7 HTTP/1.0 without a Host is refused', async () => {
  const bytes = `GET /v1/models HTTP/1.0\r\nAuthorization: Bearer ${open.gateway.key}\r\n\r\n`
  expectRefusal(await open.ask(bytes), 400, 'unknown_host')
})

for (const host of ['a', 'ab', 'abc', 'abcd', 'ab:1', 'a:65535'])
  test(`T7 behind the Host '${host}' every path is the path that was sent`, async () => {
    const ask = (path: string, method?: string) => open.ask(get(withHost(open, host), path, method))
    expect((await ask('/v1/models')).status).toBe(200)
    expect((await ask('/v1/models/m?x=/y')).status).toBe(200)
    for (const path of ['/zz/v1/models', '/z/v1/models', '/zzz/v1/models/m', '/'])
      expectRefusal(await ask(path), 404, 'unknown_url')
    expectRefusal(await ask('/v1/models', 'DELETE'), 405, 'method_not_allowed')
  })

/** The address in the request line decides nothing: the Host was checked, and the path is routed. */
const ABSOLUTE: [url: string, status: number][] = [
  ['http://evil.example/v1/models', 200],
  ['http://x@y/v1/models', 200],
  ['http://a/zz/v1/models', 404],
  ['http://evil.example/health/v1/models', 404],
  ['//evil.example/v1/models', 404],
]

for (const [url, status] of ABSOLUTE)
  test(`T7 ${url} in the request line is its path`, async () => {
    expect((await strict.ask(get(strict.head, url))).status).toBe(status)
    expectRefusal(
      await strict.ask(get('Host: localhost\r\n', url)),
      status === 200 ? 401 : 404,
      status === 200 ? 'invalid_api_key' : 'unknown_url',
    )
    expectRefusal(await strict.ask(get(withHost(strict, 'evil.example'), url)), 400, 'unknown_host')
  })

const NOWHERE = [
  '/',
  '/v1',
  '/v1/',
  '/v1/../admin',
  '/v1/../../etc/passwd',
  '/v1/%2e%2e%2fadmin',
  '/v1/%2e%2e/api/v1/none',
  '//v1/models',
  '/v1//models',
  '/V1/MODELS',
  '/v1/models;a=b',
  '/v1/models#x',
  '/v1/models%00',
  '/v1/%ff',
  '/v1/%',
  '/%76%31/models',
  '/v1/chat/completions/',
  '/v1/chat/completions/x',
  '/v1/chat/completions%2f',
  '/v1/responses',
  '/admin',
  '/.env',
  '/__proto__',
  '/constructor',
  `/v1/${CANARY}`,
]

for (const path of NOWHERE)
  test(`T18 ${path.slice(0, 40)} is nowhere, for GET and POST`, async () => {
    for (const method of ['GET', 'POST'])
      expectRefusal(await strict.ask(get(strict.head, path, method)), 404, 'unknown_url')
  })

for (const id of [
  '%ff',
  '%',
  '%00',
  '%2e%2e%2f%2e%2e%2fapi',
  'é',
  '..%2f..',
  '%0d%0aset-cookie:%20a=b',
  '__proto__',
])
  test(`T18 no model is called ${id}`, async () => {
    const answer = await strict.ask(get(strict.head, `/v1/models/${id}`))
    expectRefusal(answer, 404, 'model_not_found')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

/** The URL standard makes another path of these before any router sees it; the route's own guard still stands. */
for (const path of ['/v1/models/../models', '/v1/./models', '/v1\\models', '/zz/../v1/models'])
  test(`T18 ${path} is the route that the URL standard says, behind its guard`, async () => {
    expect((await strict.ask(get(strict.head, path))).status).toBe(200)
    expectRefusal(await strict.ask(get('Host: localhost\r\n', path)), 401, 'invalid_api_key')
  })

const METHODS: [path: string, allow: string, wrong: string[]][] = [
  ['/v1/chat/completions', 'POST', ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']],
  ['/v1/models', 'GET', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']],
  ['/v1/models/m', 'GET', ['POST', 'DELETE']],
]

for (const [path, allow, wrong] of METHODS)
  test(`T15 ${path} takes ${allow} alone, and says so`, async () => {
    for (const method of wrong) {
      const answer = await strict.ask(get(strict.head, path, method))
      expectRefusal(answer, 405, 'method_not_allowed')
      expect(answer.headers.allow).toBe(allow)
    }
  })

test('HEAD is GET without the body: the same status, length and guard', async () => {
  for (const [path, headers] of [
    ['/v1/models', { authorization: `Bearer ${strict.gateway.key}` }],
    ['/v1/models', {}],
    ['/v1/chat/completions', {}],
    ['/none', {}],
  ] as [string, Record<string, string>][]) {
    const [head, whole] = await Promise.all(
      ['HEAD', 'GET'].map(method => fetch(strict.gateway.url + path, { method, headers })),
    )
    expect([head!.status, await head!.text()]).toEqual([whole!.status, ''])
    if (whole!.status !== 405)
      expect(head!.headers.get('content-length')).toBe(String((await whole!.bytes()).length))
  }
})

test('T17 a header of the caller never becomes one of the answer', async () => {
  const more = `X-Request-Id: ${CANARY}\r\nX-Callmissed-Request-Id: ${CANARY}\r\nOrigin: https://evil.example\r\nCookie: a=${CANARY}\r\n`
  const { headers } = await strict.ask(get(strict.head + more, '/v1/models'))
  expect(Object.keys(headers).sort()).toEqual([
    'content-length',
    'content-type',
    'date',
    'x-callmissed-request-id',
    'x-request-id',
  ])
})

test('nothing of a refused request reached a vendor', async () => {
  expect(await strict.vendor.calls()).toEqual([])
  expect((await strict.ask(post(strict.head, '{'))).status).toBe(400)
})

test('after all of that it serves, and nothing was echoed or logged', async () => {
  await strict.stillServes()
  await open.stillServes()
})
