import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { CREDENTIAL } from './catalog-of'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, line, STREAM_HEAD } from './stream-text'

let vendor: Vendor
let other: Vendor
let gateway: TestGateway
beforeAll(async () => {
  ;[vendor, other] = await Promise.all([startVendor(), startVendor()])
  gateway = startGateway({
    vendors: { acme: vendor.url },
    account: account => ({ ...account, headers: { 'x-team': 'search' } }),
  })
})
afterAll(async () => {
  await gateway.stop()
  await Promise.all([vendor.stop(), other.stop()])
})
afterEach(async () => {
  await gateway.forgetRecords()
  gateway.logs.length = 0
  await Promise.all([vendor.clear(), other.clear()])
})

const CANARY = 'canary-7f3a-in-the-prompt'
const PROMPT = {
  ...ASK,
  messages: [{ role: 'user', content: CANARY }],
  user: CANARY,
  metadata: { a: CANARY },
}

test('wire 6, 23: no header of the caller’s reaches the vendor', async () => {
  const response = await gateway.chat(PROMPT, {
    headers: {
      authorization: `Bearer ${gateway.key}`,
      'content-type': 'application/json; charset=utf-8',
      accept: 'application/json',
      'accept-encoding': 'gzip, br, zstd',
      cookie: 'session=1',
      'openai-organization': 'org-caller',
      'openai-project': 'proj-caller',
      'openai-beta': 'assistants=v2',
      'x-stainless-lang': 'js',
      'x-stainless-retry-count': '1',
      'x-forwarded-for': '10.0.0.1',
      'user-agent': 'OpenAI/JS 7.57.0',
      'x-custom': 'mine',
      te: 'trailers',
    },
  })
  expect(response.status).toBe(200)
  await response.text()
  const [call] = await vendor.calls()
  const names = call!.headers.map(([name]) => name.toLowerCase())
  expect(names.toSorted()).toEqual([
    'accept',
    'accept-encoding',
    'authorization',
    'content-length',
    'content-type',
    'host',
    'user-agent',
    'x-team',
  ])
  const headers = Object.fromEntries(call!.headers.map(([name, value]) => [name.toLowerCase(), value]))
  expect(headers).toMatchObject({
    authorization: `Bearer ${CREDENTIAL}`,
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': 'CallMissed',
  })
})

const VENDOR_HEADERS = {
  'set-cookie': '__cf_bm=secret',
  'openai-organization': 'org-ours',
  'openai-processing-ms': '12',
  'openai-version': '2020-10-01',
  'cf-ray': 'abc',
  'x-ratelimit-limit-requests': '5000',
  'x-ratelimit-remaining-tokens': '1',
  server: 'cloudflare',
  'access-control-allow-origin': '*',
  'access-control-allow-credentials': 'true',
  'content-security-policy': "default-src 'none'",
  'strict-transport-security': 'max-age=1',
  'content-disposition': 'attachment',
  location: 'https://elsewhere.example',
  link: '<https://elsewhere.example>',
  trailer: 'x-late',
  'www-authenticate': 'Bearer',
}
const STREAM_HEADERS = [
  'cache-control',
  'content-type',
  'date',
  'transfer-encoding',
  'x-accel-buffering',
  'x-callmissed-request-id',
  'x-request-id',
]
const JSON_HEADERS = ['content-length', 'content-type', 'date', 'x-callmissed-request-id', 'x-request-id']

test('T63, wire 23: no header of the vendor’s reaches the caller, on answers and on errors', async () => {
  const ask = async (stream: boolean, status: number) => {
    const failure = [
      { status, headers: { ...VENDOR_HEADERS, 'content-type': 'application/json' } },
      { text: '{}' },
    ]
    await vendor.script('m-2026-01', status === 200 ? chat({ stream, headers: VENDOR_HEADERS }) : failure)
    const response = await gateway.chat({ ...ASK, stream })
    await response.text()
    expect(response.headers.get('x-request-id')).toBe(response.headers.get('x-callmissed-request-id')!)
    return [...response.headers.keys()].toSorted()
  }
  expect(await ask(true, 200)).toEqual(STREAM_HEADERS)
  expect(await ask(false, 200)).toEqual(JSON_HEADERS)
  expect(await ask(true, 400)).toEqual(JSON_HEADERS)
  expect(await ask(false, 500)).toEqual(JSON_HEADERS)
})

test('T61: a redirect is not followed, and our credential goes nowhere else', async () => {
  for (const status of [301, 302, 303, 307, 308])
    for (const location of [`${other.url}/chat/completions`, '/v1/other']) {
      await vendor.script('m-2026-01', [{ status, headers: { location } }])
      const response = await gateway.chat(PROMPT)
      const body = await response.text()
      expect([response.status, JSON.parse(body).error.code]).toEqual([502, 'upstream_error'])
      expect(body).not.toContain(location)
    }
  expect(await other.calls()).toHaveLength(0)
  expect((await vendor.calls()).every(({ path }) => path === '/v1/chat/completions')).toBe(true)
})

const LEAKS: [what: string, said: string, told: string][] = [
  [
    'our credential',
    `Incorrect API key provided: ${CREDENTIAL}. Ask`,
    'Incorrect API key provided: [redacted]. Ask',
  ],
  ['a masked key', 'key sk-proj-****************abcd is bad', 'key [redacted] is bad'],
  ['a bearer value', 'got Authorization: Bearer abc.def-123 there', 'got Authorization: [redacted] there'],
  [
    'our organisation',
    'Rate limit reached for org-AbCdEf123456 on tokens',
    'Rate limit reached for [redacted] on tokens',
  ],
  ['a key in an address', 'GET /v1/x?key=AIzaSyABCDEFGH&b=1 failed', 'GET /v1/x?key=[redacted]&b=1 failed'],
]
for (const [what, said, told] of LEAKS)
  test(`T66: a vendor’s text keeps its words, but not ${what}`, async () => {
    const error = { message: said, type: 'x', param: null, code: null }
    await vendor.script('m-2026-01', [
      { status: 400, headers: { 'content-type': 'application/json' } },
      { text: JSON.stringify({ error }) },
    ])
    const { error: given } = (await (await gateway.chat(ASK)).json()) as { error: { message: string } }
    expect(given.message).toBe(told)
  })

test('a code or a parameter that quotes our credential does not reach the caller or the record', async () => {
  const error = { message: 'no', type: 'x', param: `messages ${CREDENTIAL}`, code: `bad_${CREDENTIAL}` }
  await vendor.script('m-2026-01', [
    { status: 400, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify({ error }) },
  ])
  const text = await (await gateway.chat(ASK)).text()
  expect(text).not.toContain(CREDENTIAL)
  expect(JSON.stringify(await gateway.record(), (_, value) => String(value))).not.toContain(CREDENTIAL)
})

test('nothing of a prompt, an answer, a key or a credential is logged or recorded, however the request ends', async () => {
  const answer = 'canary-91bc-in-the-answer'
  const scripts = [
    chat({ tokens: [answer] }),
    chat({ tokens: [answer, answer], cut: { after: 1, how: 'reset' } }),
    [
      STREAM_HEAD,
      { chunk: line({ content: answer }) },
      { text: `data: {"error":{"message":"${answer} ${CREDENTIAL}"}}\n\n` },
    ],
    [
      { status: 500, headers: { 'content-type': 'application/json' } },
      { text: `{"error":{"message":"${answer} ${CANARY}"}}` },
    ],
    [
      { status: 401, headers: { 'content-type': 'application/json' } },
      { text: `{"error":{"message":"${CREDENTIAL}"}}` },
    ],
    [{ raw: `garbage ${answer}\r\n\r\n` }, { close: true }],
  ] as Parameters<Vendor['script']>[1][]
  for (const steps of scripts) {
    await vendor.script('m-2026-01', steps)
    await (await gateway.chat(PROMPT)).text()
    await (await gateway.chat({ ...PROMPT, stream: false })).text()
  }
  await (await gateway.chat(`{"model":"${CANARY}","messages":[{"role":"user","content":"${CANARY}"}]`)).text()
  await (await gateway.chat({ ...PROMPT, model: CANARY, temperature: CANARY })).text()
  while (gateway.live.size > 0) await Bun.sleep(2)
  const kept = JSON.stringify(
    [gateway.logs, gateway.records.map(({ modelRequested, ...rest }) => rest)],
    (_, value) => (typeof value === 'bigint' ? String(value) : value),
  )
  expect(gateway.logs.length).toBeGreaterThan(3)
  expect(gateway.records.length).toBeGreaterThan(12)
  for (const secret of ['canary', CREDENTIAL, gateway.key, vendor.url]) expect(kept).not.toContain(secret)
})
