import { expect, test } from 'bun:test'
import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'
import { budgetedWorld, CENT, errorOf, MODEL, OUTPUT_PICO, until } from './budgeted'

const world = budgetedWorld()

test('a request that may cost more than is left is OpenAI’s own refusal, says what is left, and reaches no vendor', async () => {
  const { key } = world.key(1_000_000n, 'month')
  const response = await world.ask(key, { max_tokens: 100 })
  expect([response.status, response.headers.get('x-should-retry')]).toEqual([429, 'false'])
  const error = await errorOf(response)
  expect(error).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota', param: null })
  expect(error.message).toMatch(
    /^You exceeded your current quota: .* up to \$0\.00\d+, and of the budget of this API key \(\$0\.000001 a month\) \$0\.000001 is left\. It begins anew at \d{4}-\d\d-01T00:00:00\.000Z\.$/,
  )
  expect(await world.vendor.calls(MODEL)).toEqual([])
  expect(await world.gateway.record()).toMatchObject({
    outcome: 'rejected',
    status: 429,
    errorCode: 'insufficient_quota',
    costPicoUsd: 0n,
  })
})

test('what requests cost is spent to the pico-dollar, and nothing is held in the end', async () => {
  const { key, purse } = world.key(100n * CENT)
  const answers = await Promise.all(Array.from({ length: 20 }, () => world.ask(key, { max_tokens: 8 })))
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  await world.rest(purse)
  const costs = world.costPicoUsd
  expect(costs).toBeGreaterThan(20n * 8n * OUTPUT_PICO)
  expect(world.authority.spent(purse)).toBe(costs)
})

test('a budget of nothing lets nothing through; a key without one is not asked about', async () => {
  world.isAway = true
  expect((await world.ask(world.gateway.key)).status).toBe(200)
  world.isAway = false
  expect((await errorOf(await world.ask(world.key(0n).key))).code).toBe('insufficient_quota')
})

test('the answer’s length is told to the vendor where the caller said none, and nowhere else', async () => {
  const { key } = world.key(100n * CENT)
  const sent = async (body: object, as = key) => {
    await world.vendor.clear()
    expect((await world.ask(as, body)).status).toBe(200)
    const [call] = await world.vendor.calls(MODEL)
    const { max_tokens, max_completion_tokens } = JSON.parse(String(call?.body))
    return [max_tokens, max_completion_tokens]
  }
  expect(await sent({})).toEqual([undefined, 16_384])
  expect(await sent({ max_completion_tokens: null })).toEqual([undefined, 16_384])
  expect(await sent({ max_completion_tokens: 5 })).toEqual([undefined, 5])
  expect(await sent({ max_tokens: 5 })).toEqual([5, undefined])
  expect(await sent({}, world.gateway.key)).toEqual([undefined, undefined])
})

test('where less is left than the longest answer costs, the answer may be as long as there is money for', async () => {
  const { key, purse } = world.key(CENT)
  expect((await world.ask(key)).status).toBe(200)
  const [call] = await world.vendor.calls(MODEL)
  const { max_completion_tokens: cap } = JSON.parse(String(call?.body))
  expect(cap).toBeGreaterThan(900)
  expect(BigInt(cap) * OUTPUT_PICO).toBeLessThan(CENT)
  expect((await errorOf(await world.ask(key, { max_tokens: 1_024 }))).code).toBe('insufficient_quota')
  await world.rest(purse)
})

test('T30 of two lengths the longer one is reserved', async () => {
  const { key } = world.key(CENT)
  const refused = await world.ask(key, { max_tokens: 1, max_completion_tokens: 100_000 })
  expect((await errorOf(refused)).code).toBe('insufficient_quota')
  expect((await errorOf(await world.ask(key, { max_tokens: 100_000, max_completion_tokens: 1 }))).code).toBe(
    'insufficient_quota',
  )
})

/** It answers 200 and breaks off: it may bill the prompt. */
const SILENT: Step[] = [{ status: 200, headers: { 'content-type': 'application/json' } }]

test('a second attempt is made only where there is money for what the first may be billed, too', async () => {
  const message = { role: 'user', content: 'word '.repeat(400) }
  const ask400 = (key: string) => world.ask(key, { max_tokens: 8, messages: [message] })
  const rich = world.key(2n * CENT)
  await world.vendor.script(MODEL, SILENT, chat({ stream: false }))
  expect((await ask400(rich.key)).status).toBe(200)
  await world.rest(rich.purse)
  const both = await world.gateway.record()
  expect(both.lines).toHaveLength(2)
  expect(world.authority.spent(rich.purse)).toBe(both.costPicoUsd)

  await world.vendor.clear()
  await world.forgetRecords()
  // As much as one attempt may cost: the prompt by its bytes.
  const poor = world.key(6_000_000_000n)
  await world.vendor.script(MODEL, SILENT, SILENT, chat({ stream: false }))
  const response = await ask400(poor.key)
  expect([response.status, (await errorOf(response)).code]).toEqual([502, 'upstream_error'])
  await world.rest(poor.purse)
  expect(world.authority.spent(poor.purse)).toBeGreaterThan(0n)
  expect(world.authority.spent(poor.purse)).toBeLessThanOrEqual(6_000_000_000n)
  expect(world.authority.spent(poor.purse)).toBe((await world.gateway.record()).costPicoUsd)
  expect((await world.vendor.calls(MODEL)).length).toBe(1)
})

test('T86 what was reserved for a request that every vendor failed is there again', async () => {
  const { key, purse } = world.key(CENT)
  await world.vendor.script(MODEL, [{ status: 500 }, { text: '{"error":{"message":"no"}}' }])
  for (let tries = 0; tries < 2; tries++) expect((await world.ask(key)).status).toBe(502)
  await world.rest(purse)
  expect(world.authority.spent(purse)).toBe(0n)
  await world.vendor.clear()
  expect((await world.ask(key)).status).toBe(200)
})

test('F25 with the database away what is held is used up, then budgeted keys get 503 and others go on', async () => {
  const { key } = world.key(1_000n * CENT)
  expect((await world.ask(key, { max_tokens: 8 })).status).toBe(200)
  await until(() => [...world.authority.slices.values()].some(({ amount }) => amount > 2_000_000_000n))
  world.isAway = true
  const statuses: number[] = []
  let refused: Response | undefined
  for (let tries = 0; tries < 500 && !refused; tries++) {
    const response = await world.ask(key, { max_tokens: 8 })
    statuses.push(response.status)
    if (!response.ok) refused = response
    else await response.arrayBuffer()
  }
  expect(statuses.filter(status => status === 200).length).toBeGreaterThan(2)
  expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await errorOf(refused!)).code).toBe('budget_unavailable')
  expect((await world.ask(world.gateway.key)).status).toBe(200)
  world.isAway = false
  world.ship()
  await until(() => world.budgets.waiting === 0)
  await Bun.sleep(300)
  expect((await world.ask(key, { max_tokens: 8 })).status).toBe(200)
}, 30_000)
