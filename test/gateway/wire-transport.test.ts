import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, contentOf } from './stream-text'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(() => vendor.clear())

const post = (headers: Record<string, string>, body: object = ASK) =>
  gateway.chat(body, { headers: { 'content-type': 'application/json', ...headers } })
const errorOf = async (response: Response) =>
  (
    (await response.json()) as {
      error: { message: string; type: string; param: string | null; code: string }
    }
  ).error

test('wire 2: the key is taken as a bearer in any case, and from the headers of other SDKs', async () => {
  const { key } = gateway
  for (const headers of [
    { authorization: `Bearer ${key}` },
    { authorization: `bearer ${key}` },
    { authorization: `BEARER ${key}` },
    { 'api-key': key },
    { 'x-api-key': key },
  ] as Record<string, string>[]) {
    const response = await post(headers)
    expect([Object.keys(headers)[0], response.status]).toEqual([Object.keys(headers)[0]!, 200])
    await response.text()
  }
})

test('wire 3: a missing or wrong key is a 401 in JSON, also for a stream, and is not echoed', async () => {
  const wrong = `cm_live_${'x'.repeat(36)}`
  for (const headers of [
    {},
    { authorization: '' },
    { authorization: 'Basic abc' },
    { authorization: `Bearer ${wrong}` },
  ] as Record<string, string>[])
    for (const stream of [true, false]) {
      const response = await post(headers, { ...ASK, stream })
      expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/json'])
      const error = await errorOf(response)
      expect(error).toEqual({
        message: expect.any(String),
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_api_key',
      })
      expect(error.message).not.toContain(wrong)
    }
  expect(await vendor.calls()).toHaveLength(0)
})

test('wire 4: an unknown path is a 404 in the envelope', async () => {
  for (const path of [
    '/v1/_stainless_unknown_path',
    '/v1/chat',
    '/v1/chat/completions/x/y',
    '/nope',
    '/v1',
  ]) {
    const response = await fetch(`${gateway.url}${path}`, { method: 'POST', body: '{}' })
    const { code, message } = await errorOf(response)
    expect([path, response.status, code]).toEqual([path, 404, 'unknown_url'])
    // Who forgot the end of the base URL is told so.
    expect(message).toContain("'/v1'")
    expect(response.headers.get('x-request-id')).toBeTruthy()
  }
})

test('wire 1: a POST is never redirected', async () => {
  for (const path of ['/v1/chat/completions/', '/v1//chat/completions', '//v1/chat/completions']) {
    const response = await fetch(`${gateway.url}${path}`, { method: 'POST', body: '{}', redirect: 'manual' })
    expect(response.status).not.toBeWithin(300, 400)
  }
})

test('wire 5: a wrong method is a 405 that names the right one; JSON that cannot be read is a 400', async () => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`)
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  expect(await errorOf(response)).toMatchObject({
    code: 'method_not_allowed',
    message: 'This URL takes POST, not GET.',
  })
  const bad = await gateway.chat('{"model":')
  expect([bad.status, (await errorOf(bad)).code]).toEqual([400, 'invalid_json'])
})

test('wire 6: the SDKs’ own headers are tolerated', async () => {
  const response = await post({
    authorization: `Bearer ${gateway.key}`,
    'user-agent': 'OpenAI/Python 3.1.0',
    'x-stainless-lang': 'python',
    'x-stainless-package-version': '3.1.0',
    'x-stainless-os': 'Linux',
    'x-stainless-arch': 'x64',
    'x-stainless-runtime': 'CPython',
    'x-stainless-runtime-version': '3.13.1',
    'x-stainless-retry-count': '0',
    'x-stainless-read-timeout': '600',
    'x-stainless-async': 'async:asyncio',
    'x-stainless-helper-method': 'stream',
    'openai-organization': 'org-x',
    'openai-project': 'proj_x',
    'openai-beta': 'assistants=v2',
  })
  expect(response.status).toBe(200)
  await response.text()
})

test('wire 7, 61: a stream is one whatever Accept says', async () => {
  for (const accept of ['application/json', 'text/html', '*/*', 'text/event-stream']) {
    const response = await post({ authorization: `Bearer ${gateway.key}`, accept })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    await response.text()
  }
})

test('wire 11: a stream is neither compressed nor kept nor buffered on the way', async () => {
  const response = await post({ authorization: `Bearer ${gateway.key}`, 'accept-encoding': 'gzip, br, zstd' })
  expect(response.headers.get('content-encoding')).toBeNull()
  expect(response.headers.get('cache-control')).toContain('no-cache')
  expect(response.headers.get('cache-control')).toContain('no-transform')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  await response.text()
})

test('wire 18: every answer has an id of its own under both names', async () => {
  const ids = new Set<string>()
  for (const body of [ASK, { ...ASK, stream: false }, { ...ASK, model: 'nope' }, { ...ASK, messages: [] }]) {
    const response = await post({ authorization: `Bearer ${gateway.key}`, 'x-request-id': 'mine' }, body)
    expect(response.headers.get('x-request-id')).toBe(response.headers.get('x-callmissed-request-id')!)
    ids.add(response.headers.get('x-request-id')!)
    await response.text()
  }
  expect(ids.size).toBe(4)
  expect(ids.has('mine')).toBe(false)
})

test('wire 11: a body that waits for 100 Continue is asked for and answered', async () => {
  await vendor.script('m-2026-01', chat({ stream: false, tokens: ['hello'] }))
  const body = JSON.stringify({ ...ASK, stream: false })
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    let received = ''
    socket.on('error', reject)
    socket.on('data', data => {
      received += data
      if (received.includes('"hello"')) resolve(received)
      if (received.startsWith('HTTP/1.1 100') && !received.includes('200 OK')) socket.write(body)
    })
    socket.on('close', () => resolve(received))
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${gateway.key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`,
    )
    setTimeout(() => resolve(received), 3_000)
  })
  expect(text).toContain('HTTP/1.1 200 OK')
})

test('wire 11: one connection serves many requests, streams and errors between them', async () => {
  await vendor.script('m-2026-01', chat({ tokens: ['a'] }))
  const before = await vendor.acceptedConnections()
  for (let round = 0; round < 5; round++) {
    expect(contentOf(await (await gateway.chat(ASK)).text())).toBe('a')
    expect((await gateway.chat('{')).status).toBe(400)
  }
  // The vendor's side is pooled too: its connections are used again.
  expect((await vendor.acceptedConnections()) - before).toBeLessThanOrEqual(2)
})
