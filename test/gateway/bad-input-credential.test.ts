import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { anyCaller } from '../auth/any-caller'
import { CANARY, expectBare, expectRefusal, GOOD, get, post, startTarget, type Target } from './bad-input'

const ADMIN_KEY = 'cm_adm_for_tests_only'
const HOST = 'Host: localhost\r\n'
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const unknown = newKey(random)

let target: Target
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.stop())

const other = () => {
  const last = target.gateway.key.at(-1)
  return target.gateway.key.slice(0, -1) + (last === 'a' ? 'b' : 'a')
}

type Headers = (key: string) => string

/** Refused alike, without a record: strangers cannot fill the log. */
const STRANGERS: [statement: string, headers: Headers][] = [
  ['T67 no credential', () => ''],
  ['T67 an empty Authorization', () => 'Authorization: \r\n'],
  ['T67 Basic', key => `Authorization: Basic ${Buffer.from(`:${key}`).toString('base64')}\r\n`],
  ['T67 a key without its scheme', key => `Authorization: ${key}\r\n`],
  ['T67 a scheme without its key', () => 'Authorization: Bearer\r\n'],
  ['T67 a scheme and a tab', () => 'Authorization: Bearer \t\r\n'],
  ['T67 no space behind the scheme', key => `Authorization: Bearer${key}\r\n`],
  ['T67 two keys behind one scheme', key => `Authorization: Bearer ${key} ${key}\r\n`],
  ['T67 two keys and a comma', key => `Authorization: Bearer ${key},${key}\r\n`],
  ['T67 a key of 15 KB', () => `Authorization: Bearer ${CANARY.repeat(1100)}\r\n`],
  ['T67 a key that is not ASCII', () => `Authorization: Bearer ключ-${CANARY}\r\n`],
  ['T67 another vendor’s key', () => `Authorization: Bearer sk-proj-${CANARY}\r\n`],
  ['T67 a key in quotes', key => `Authorization: Bearer "${key}"\r\n`],
  ['T67 a key in lower case', key => `Authorization: Bearer ${key.toLowerCase()}\r\n`],
  ['T67 a key with a letter more', key => `Authorization: Bearer ${key}0\r\n`],
  ['T67 a key with a letter less', key => `Authorization: Bearer ${key.slice(0, -1)}\r\n`],
  ['T68 a wrong checksum', () => `Authorization: Bearer ${other()}\r\n`],
  ['T68 a right checksum of a key that is not ours', () => `Authorization: Bearer ${unknown}\r\n`],
  ['T16 Authorization twice', key => `Authorization: Bearer ${key}\r\n`.repeat(2)],
  [
    'T16 Authorization twice, with another key',
    key => `Authorization: Bearer ${key}\r\nAuthorization: Bearer ${unknown}\r\n`,
  ],
  ['T16 another key in x-api-key', key => `Authorization: Bearer ${key}\r\nx-api-key: ${unknown}\r\n`],
  ['T16 another key in api-key', key => `x-api-key: ${key}\r\napi-key: ${unknown}\r\n`],
  [
    'T16 the key in x-api-key behind a wrong Authorization',
    key => `Authorization: Bearer ${unknown}\r\nx-api-key: ${key}\r\n`,
  ],
  [
    'T16 the key in x-api-key behind a malformed Authorization',
    key => `Authorization: Basic x\r\nx-api-key: ${key}\r\n`,
  ],
  ['T16 x-api-key twice', key => `x-api-key: ${key}\r\n`.repeat(2)],
  ['T83 the key in a cookie', key => `Cookie: api_key=${key}; authorization=Bearer ${key}\r\n`],
]

for (const [statement, headers] of STRANGERS)
  test(`${statement} is 401, and leaves no record`, async () => {
    const { gateway } = target
    const before = [gateway.records.length, gateway.strangers()]
    const head = HOST + headers(gateway.key)
    const answer = await target.ask(post(head, GOOD))
    expectRefusal(answer, 401, 'invalid_api_key')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect([gateway.records.length, gateway.strangers()]).toEqual([before[0]!, before[1]! + 1])
    expectRefusal(await target.ask(get(head, '/v1/models')), 401, 'invalid_api_key')
  })

test('T67 a key of 50 KB does not get past Bun', async () => {
  const { answers } = await target.send(post(`${HOST}Authorization: Bearer ${'a'.repeat(50_000)}\r\n`, GOOD))
  expectBare(answers[0], 431)
})

const TAKEN: [statement: string, headers: Headers][] = [
  ['Bearer', key => `Authorization: Bearer ${key}\r\n`],
  ['bearer, whatever its letters', key => `aUTHORIZATION: bEARER ${key}\r\n`],
  ['more white space', key => `Authorization:   Bearer \t ${key}  \r\n`],
  ['x-api-key', key => `X-API-Key: ${key}\r\n`],
  ['api-key', key => `api-key: ${key}\r\n`],
  ['all three, alike', key => `Authorization: Bearer ${key}\r\nx-api-key: ${key}\r\napi-key: ${key}\r\n`],
]

for (const [statement, headers] of TAKEN)
  test(`a key is taken from ${statement}`, async () => {
    expect((await target.ask(post(HOST + headers(target.gateway.key), GOOD))).status).toBe(200)
  })

test('T68 the checksum’s and the look-up’s refusal are the same answer', async () => {
  const bodies = await Promise.all(
    [other(), unknown, `cm_live_${'0'.repeat(36)}`, 'x'].map(async key => {
      const { body, headers } = await target.ask(post(`${HOST}Authorization: Bearer ${key}\r\n`, GOOD))
      return [body, Object.keys(headers)]
    }),
  )
  for (const body of bodies) expect(body).toEqual(bodies[0]!)
})

for (const name of ['key', 'api_key', 'api-key', 'access_token', 'authorization'])
  test(`T83 a key in the URL's ${name} is ignored and not logged`, async () => {
    const path = `/v1/models?${name}=${target.gateway.key}&canary=${CANARY}`
    expectRefusal(await target.ask(get(HOST, path)), 401, 'invalid_api_key')
  })

test('the body of a stranger is not looked at', async () => {
  expectRefusal(await target.ask(post(HOST, '{"model":')), 401, 'invalid_api_key')
  expectRefusal(await target.ask(post(HOST, GOOD, 'Content-Type: image/png\r\n')), 401, 'invalid_api_key')
})

test('the admin key cannot call inference, and leaves no record', async () => {
  const before = target.gateway.records.length
  const head = `${HOST}Authorization: Bearer ${ADMIN_KEY}\r\n`
  expectRefusal(await target.ask(post(head, GOOD)), 403, 'scope_not_allowed')
  expect(target.gateway.records.length).toBe(before)
})

/** A key of ours that is out of its time: its holder is told so, and the refusal is recorded. */
const now = Date.now()
const OUT_OF_TIME = [
  ['key_revoked', { revokedAt: now - 1 }],
  ['key_expired', { expiresAt: now - 1 }],
  ['key_not_yet_valid', { notBefore: now + 3_600_000 }],
  ['key_revoked', { revokedAt: now - 1, expiresAt: now - 1, notBefore: now + 3_600_000 }],
] as const

for (const [code, times] of OUT_OF_TIME)
  test(`T71–T72 a key with ${Object.keys(times)} is ${code}, and recorded`, async () => {
    const { gateway } = target
    const key = newKey(random)
    const caller = anyCaller(key, times)
    gateway.keyring.put(caller)
    const before = gateway.records.length
    const head = `${HOST}Authorization: Bearer ${key}\r\n`
    const answer = await target.ask(post(head, GOOD))
    expectRefusal(answer, 401, code)
    expect(await gateway.record(before + 1)).toMatchObject({
      requestId: answer.headers['x-request-id'],
      keyId: caller.keyId,
      tenantId: caller.tenantId,
      outcome: 'rejected',
      status: 401,
      errorCode: code,
      costPicoUsd: 0n,
      usage: null,
    })
    expectRefusal(await target.ask(get(head, '/v1/models')), 401, code)
    expect(JSON.stringify(gateway.logs).includes(key)).toBe(false)
  })

test('no stranger’s request reached a vendor', async () => {
  expect((await target.vendor.calls()).length).toBe(TAKEN.length)
})

test('after all of that it serves, and nothing was echoed or logged', async () => {
  await target.stillServes()
  for (const secret of [unknown, other(), ADMIN_KEY])
    expect(target.gateway.logs.join('\n').includes(secret)).toBe(false)
})
