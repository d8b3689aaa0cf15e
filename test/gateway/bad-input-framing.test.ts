import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { CANARY, expectBare, expectRefusal, GOOD, get, post, startTarget, type Target } from './bad-input'

let target: Target
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.stop())

const POST = 'POST /v1/chat/completions HTTP/1.1\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'
/** The same request once more, as an attacker would smuggle it behind the first. */
const SMUGGLED = (head: string) => get(head, '/v1/models')

type Make = (head: string) => string | Uint8Array

/** Refused by Bun's parser with a bare status; our code never sees them. */
const BARE: [statement: string, status: number, make: Make][] = [
  ['T1 a length and chunks', 400, head => post(head, GOOD, 'Transfer-Encoding: chunked\r\n')],
  ['T2 two lengths', 400, head => post(head, GOOD, 'Content-Length: 3\r\n')],
  ['T2 a list of lengths', 400, head => `${POST}${head}Content-Length: 13, 13\r\n\r\n${GOOD}`],
  ['T2 a length with a plus', 400, head => `${POST}${head}Content-Length: +13\r\n\r\n${GOOD}`],
  ['T2 a negative length', 400, head => `${POST}${head}Content-Length: -1\r\n\r\n${GOOD}`],
  ['T2 a length of 20 digits', 400, head => `${POST}${head}Content-Length: 99999999999999999999\r\n\r\n`],
  ['T2 a length of 2^53 + 1', 413, head => `${POST}${head}Content-Length: 9007199254740993\r\n\r\n`],
  [
    'T3 an unknown transfer encoding',
    400,
    head => `${POST}${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'T3 chunks that are not last',
    400,
    head => `${POST}${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  ],
  ['T3 a space before the colon', 400, head => `${POST}${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
  ['T3 chunks in HTTP/1.0', 400, head => `${POST.replace('1.1', '1.0')}${head}${CHUNKED}0\r\n\r\n`],
  ['T4 a chunk of 2^68 bytes', 400, head => `${POST}${head}${CHUNKED}100000000000000000\r\nabc`],
  ['T4 a chunk without its end', 400, head => `${POST}${head}${CHUNKED}3\r\nabcXX\r\n`],
  [
    'T5 a chunk extension of 20 KB',
    413,
    head => `${POST}${head}${CHUNKED}3;${'x'.repeat(20_480)}\r\nabc\r\n`,
  ],
  ['T6 bare line feeds', 505, () => 'GET /v1/models HTTP/1.1\nHost: localhost\n\n'],
  ['T6 a folded header', 400, head => get(`${head}X-A: a\r\n b\r\n`, '/v1/models')],
  ['T6 NUL in a header', 400, head => get(`${head}X-A: a\0b\r\n`, '/v1/models')],
  ['T6 a carriage return in a header', 400, head => get(`${head}X-A: a\rb\r\n`, '/v1/models')],
  ['T7 no Host', 400, () => get('', '/v1/models')],
  ['T8 a header of 20 KB', 431, head => get(`${head}X-A: ${'a'.repeat(20_480)}\r\n`, '/v1/models')],
  ['T8 a header of 1 MB', 431, head => get(`${head}X-A: ${'a'.repeat(1 << 20)}\r\n`, '/v1/models')],
  [
    'T8 500 headers',
    431,
    head => get(head + Array.from({ length: 500 }, (_, i) => `X-${i}: a\r\n`).join(''), '/v1/models'),
  ],
  ['T8 a URL of 20 KB', 431, head => get(head, `/v1/${'a'.repeat(20_480)}`)],
  ['T18 a space in the URL', 505, head => get(head, `/v1/models/<img src=${CANARY}>`)],
  ['T18 a path without its slash', 400, head => get(head, 'v1/models')],
  ['T18 the whole server as path', 400, head => get(head, '*', 'OPTIONS')],
  ['T18 a URL of another scheme', 400, head => get(head, 'ftp://localhost/v1/models')],
  ['T19 the preface of HTTP/2', 400, () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['T19 a TLS handshake', 400, () => Buffer.from('16030100c8010000c40303', 'hex')],
  ['T19 HTTP/0.9', 505, () => 'GET /v1/models\r\n\r\n'],
]

for (const [statement, status, make] of BARE)
  test(`${statement}: Bun answers ${status} and closes`, async () => {
    const { answers, closed } = await target.send(make(target.head), { untilClosed: true })
    expectBare(answers[0], status)
    expect({ answers: answers.length, closed }).toEqual({ answers: 1, closed: true })
  })

test('T4 what follows a malformed last chunk is served to nobody', async () => {
  const bytes = `${POST}${target.head}${CHUNKED}0\r\nXX${SMUGGLED(target.head)}`
  const { answers, closed } = await target.send(bytes, { untilClosed: true })
  expect(closed).toBe(true)
  expect(answers.map(({ status }) => status)).toEqual([400, 400])
  expectRefusal(answers[0], 400, 'invalid_json')
  expectBare(answers[1], 400)
})

test('T2 a body longer than its length starts no second request', async () => {
  const cut = `${POST}${target.head}Content-Length: 2\r\n\r\n{}${GOOD}`
  const { answers } = await target.send(cut, { answers: 2, patienceMs: 500 })
  expectRefusal(answers[0], 400, 'missing_required_parameter', 'model')
  expectBare(answers[1], 400)
})

test('T8 150 headers pass', async () => {
  const many = Array.from({ length: 150 }, (_, i) => `X-${i}: a\r\n`).join('')
  expect((await target.ask(post(target.head, GOOD, many))).status).toBe(200)
})

test('T14 Bun asks for the body before a wrong key is refused', async () => {
  const head = `Host: localhost\r\nAuthorization: Bearer ${CANARY}\r\n`
  const bytes = `${POST}${head}Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n`
  const { answers } = await target.send(bytes, { answers: 2 })
  expect(answers[0]?.status).toBe(100)
  expectRefusal(answers[1], 401, 'invalid_api_key')
})

for (const method of ['FOO', 'get', 'BREW'])
  test(`T15 the method ${method} is closed without an answer`, async () => {
    const { answers, closed } = await target.send(get(target.head, '/v1/models', method))
    expect({ answers, closed }).toEqual({ answers: [], closed: true })
  })

test('T20 requests behind one another that do not wait are closed, and none is answered twice', async () => {
  const before = target.gateway.records.length
  const ten = Buffer.concat(Array(10).fill(post(target.head, GOOD)))
  const { answers, closed } = await target.send(ten, { answers: 10 })
  expect(closed).toBe(true)
  expect(answers).toEqual([])
  const first = await target.gateway.record(before + 1)
  expect(first.outcome).toBe('cancelled')
})

test('T20 ten requests one after another on one connection are answered in order', async () => {
  const names = Array.from({ length: 10 }, (_, i) => `none-${i}`)
  const pieces = names.flatMap(name => [Buffer.from(get(target.head, `/v1/models/${name}`)), { wait: 15 }])
  const { answers } = await target.send(pieces, { answers: 10 })
  expect(answers.map(({ body }) => /none-\d/.exec(body)?.[0])).toEqual(names)
  expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(10)
})

test('T20 five hundred idle connections do not keep a request waiting', async () => {
  const { port } = new URL(target.gateway.url)
  const idle = Array.from({ length: 500 }, () => connect({ host: '127.0.0.1', port: Number(port) }))
  await Promise.all(idle.map(socket => new Promise(resolve => socket.once('connect', resolve))))
  const startedAt = performance.now()
  expect((await target.ask(post(target.head, GOOD))).status).toBe(200)
  expect(performance.now() - startedAt).toBeLessThan(6_000)
  for (const socket of idle) socket.destroy()
})

test('T21 a WebSocket is not spoken here', async () => {
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  const answer = await target.ask(get(target.head + upgrade, '/v1/chat/completions'))
  expectRefusal(answer, 405, 'method_not_allowed')
  expect(answer.headers.allow).toBe('POST')
})

test('a caller that leaves in the middle of its body leaves one record and no line in the log', async () => {
  const before = target.gateway.records.length
  const half = `${POST}${target.head}Content-Length: 500\r\n\r\n{"model":"${CANARY}`
  await target.send([half, { wait: 30 }], { patienceMs: 30 })
  const record = await target.gateway.record(before + 1)
  expect(record).toMatchObject({ outcome: 'cancelled', status: 499, costPicoUsd: 0n, attempts: [] })
  expect(target.gateway.logs).toEqual([])
})

test('after all of that it serves, and nothing was echoed or logged', () => target.stillServes())
