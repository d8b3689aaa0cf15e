import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { newId } from '../../src/lib/id'
import { anyCaller } from '../auth/any-caller'
import { Authority } from '../limits/budget/authority'
import { budgetsOn } from '../limits/budget/budgets-on'
import { type Asked, type ReadingVendor, type Said, startReadingVendor } from '../vendor/reader'
import { startGateway, type TestGateway } from './start-gateway'

/** In pico-dollars a token: $2.50 and $10 for a million. */
const INPUT = 2_500_000n
const OUTPUT = 10_000_000n
const MOST_TOKENS = 50

let vendor: ReadingVendor
let gateway: TestGateway
let authority: Authority
let say: (asked: Asked) => Said
beforeAll(() => {
  authority = new Authority()
  vendor = startReadingVendor(asked => say(asked))
  gateway = startGateway({
    vendors: { acme: vendor.url },
    capabilities: ['streaming'],
    budgets: budgetsOn({ takeTurns: async turns => authority.takeTurns('one', turns) }),
  })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const BODY = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  max_tokens: MOST_TOKENS,
  response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema } },
}

/** What becomes of the request of a key with so much money. */
async function ask(limitPicoUsd: bigint, body: object = BODY) {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  const budget = { limitPicoUsd, period: 'total' as const }
  const caller = anyCaller(key, { keyId: newId(), tenantId: newId(), budget })
  authority.budgets.set(caller.keyId, budget)
  gateway.keyring.put(caller)
  const before = gateway.records.length
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: { code: string } }
  const { costPicoUsd } = await gateway.record(before + 1)
  return { status: response.status, code: answer.error?.code, costPicoUsd }
}

/** The least money with which the request is let in. */
async function leastOf(body: object): Promise<bigint> {
  let [low, high] = [0n, 1_000_000_000_000n]
  while (low + 1n < high) {
    const middle = (low + high) / 2n
    const { status } = await ask(middle, body)
    if (status === 429) low = middle
    else high = middle
  }
  return high
}

/** Every byte of the prompt is a token, and the answer as long as it may be. */
const dearest = (asked: Asked, text: string): Said => ({
  pieces: [text],
  usage: [JSON.stringify(asked).length, MOST_TOKENS],
})

test('no answer that has to be given again costs more than there was, however dear both calls are', async () => {
  say = asked => dearest(asked, '{"a":"x"}')
  const least = await leastOf(BODY)
  say = asked => dearest(asked, `{"a":${'1'.repeat(MOST_TOKENS)}}`)
  // There is money for the first call and none for another: what was said cannot be used.
  const short = await ask(least)
  expect(short).toMatchObject({ status: 502, code: 'schema_not_followed' })
  expect(short.costPicoUsd).toBeLessThanOrEqual(least)
  expect(vendor.asked.at(-1)?.messages).toHaveLength(2)
  // With what the first one cost besides there is.
  const both = await ask(least + short.costPicoUsd)
  expect(both).toMatchObject({ status: 502, code: 'schema_not_followed' })
  expect(vendor.asked.at(-1)?.messages).toHaveLength(4)
  expect(both.costPicoUsd).toBeGreaterThan(2n * short.costPicoUsd)
  expect(both.costPicoUsd).toBeLessThanOrEqual(least + short.costPicoUsd)
})

test('what the model is told besides is reserved for, and a plain request is not charged for it', async () => {
  say = asked => dearest(asked, '{"a":"x"}')
  const emulated = await leastOf(BODY)
  const told = JSON.stringify(vendor.asked.at(-1)).length
  expect(emulated).toBeGreaterThan(BigInt(told) * INPUT + BigInt(MOST_TOKENS) * OUTPUT)
  const { response_format: _, ...plain } = BODY
  const bytes = BigInt(JSON.stringify(plain).length)
  expect(await leastOf(plain)).toBeLessThan((bytes + 100n) * INPUT + BigInt(MOST_TOKENS + 1) * OUTPUT)
})

test('where the caller says no length, there is as long an answer as there is money for', async () => {
  say = asked => dearest(asked, '{"a":"x"}')
  const { max_tokens: _, ...open } = BODY
  const { status } = await ask(30_000_000_000n, open)
  const cap = vendor.asked.at(-1)?.max_completion_tokens as number
  expect(status).toBe(200)
  expect(cap).toBeGreaterThan(256)
  expect(cap).toBeLessThan(16_384)
})
