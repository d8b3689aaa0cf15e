import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import type { Budget } from '../../src/db/budget'
import { watchBudgets } from '../../src/gateway/watch-budgets'
import { newId } from '../../src/lib/id'
import type { Budgets } from '../../src/limits/budget/budgets'
import { anyCaller } from '../auth/any-caller'
import { Authority, purseAt } from '../limits/budget/authority'
import { budgetsOn } from '../limits/budget/budgets-on'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, chunksOf } from './stream-text'

const CENT = 10_000_000_000n
const MODEL = 'm-2026-01'
/** What an answer of the vendor's default costs: 8 tokens at $10 for a million, and its prompt at $2.50. */
const OUTPUT_PICO = 10_000_000n

let vendor: Vendor
let gateway: TestGateway
let budgets: Budgets
let authority: Authority
let isAway: boolean
let booked: number
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  authority = new Authority()
  isAway = false
  booked = 0
  budgets = budgetsOn({
    takeTurns: async turns => {
      if (isAway) throw new Error('away')
      return authority.takeTurns('one', turns)
    },
  })
  gateway = startGateway({ vendors: { acme: vendor.url, second: vendor.url }, budgets })
  gateway.deps.ticker.add(budgets)
  watchBudgets(gateway.deps)
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

/** A key with a budget, which the authority knows too; `keyId` to look it up there. */
function budgetedKey(limitPicoUsd: bigint, period: Budget['period'] = 'total') {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  const budget = { limitPicoUsd, period }
  const caller = anyCaller(key, { keyId: newId(), tenantId: newId(), budget })
  authority.budgets.set(caller.keyId, budget)
  gateway.keyring.put(caller)
  return { key, caller, purse: purseAt(caller.tenantId, caller.keyId, period, Date.now()) }
}

const ask = (key: string, body: object = {}, signal?: AbortSignal) =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...ASK, stream: false, ...body }),
    ...(signal && { signal }),
  })
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: Record<string, string> }).error

/** Stores what was recorded, as the shipper does. */
function ship(): void {
  const records = gateway.records.slice(booked)
  booked = gateway.records.length
  authority.book(records)
  budgets.booked(records)
}

async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < 1_000; look++) {
    if (isSo()) return
    await Bun.sleep(10)
  }
  throw new Error('it never became so')
}

/** Waits until everything is recorded, booked and told. */
async function rest(purse: ReturnType<typeof purseAt>): Promise<void> {
  await until(() => {
    ship()
    return gateway.limits.inFlight === 0 && authority.reserved(purse) === 0n
  })
}

test('a request that may cost more than is left is OpenAI’s own refusal, says what is left, and reaches no vendor', async () => {
  const { key } = budgetedKey(1_000_000n, 'month')
  const response = await ask(key, { max_tokens: 100 })
  expect([response.status, response.headers.get('x-should-retry')]).toEqual([429, 'false'])
  const error = await errorOf(response)
  expect(error).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota', param: null })
  expect(error.message).toMatch(
    /^You exceeded your current quota: .* up to \$0\.00\d+, and of the budget of this API key \(\$0\.000001 a month\) \$0\.000001 is left\. It begins anew at \d{4}-\d\d-01T00:00:00\.000Z\.$/,
  )
  expect(await vendor.calls(MODEL)).toEqual([])
  expect(await gateway.record()).toMatchObject({
    outcome: 'rejected',
    status: 429,
    errorCode: 'insufficient_quota',
    costPicoUsd: 0n,
  })
})

test('what requests cost is spent to the pico-dollar, and nothing is held in the end', async () => {
  const { key, purse } = budgetedKey(100n * CENT)
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(key, { max_tokens: 8 })))
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  await rest(purse)
  const costs = gateway.records.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n)
  expect(costs).toBeGreaterThan(20n * 8n * OUTPUT_PICO)
  expect(authority.spent(purse)).toBe(costs)
})

test('a budget of nothing lets nothing through; a key without one is not asked about', async () => {
  isAway = true
  expect((await ask(gateway.key)).status).toBe(200)
  isAway = false
  expect((await errorOf(await ask(budgetedKey(0n).key))).code).toBe('insufficient_quota')
})

test('the answer’s length is told to the vendor where the caller said none, and nowhere else', async () => {
  const { key } = budgetedKey(100n * CENT)
  const sent = async (body: object, as = key) => {
    await vendor.clear()
    expect((await ask(as, body)).status).toBe(200)
    const [call] = await vendor.calls(MODEL)
    const { max_tokens, max_completion_tokens } = JSON.parse(String(call?.body))
    return [max_tokens, max_completion_tokens]
  }
  expect(await sent({})).toEqual([undefined, 16_384])
  expect(await sent({ max_completion_tokens: null })).toEqual([undefined, 16_384])
  expect(await sent({ max_completion_tokens: 5 })).toEqual([undefined, 5])
  expect(await sent({ max_tokens: 5 })).toEqual([5, undefined])
  expect(await sent({}, gateway.key)).toEqual([undefined, undefined])
})

test('where less is left than the longest answer costs, the answer may be as long as there is money for', async () => {
  const { key, purse } = budgetedKey(CENT)
  expect((await ask(key)).status).toBe(200)
  const [call] = await vendor.calls(MODEL)
  const { max_completion_tokens: cap } = JSON.parse(String(call?.body))
  expect(cap).toBeGreaterThan(900)
  expect(BigInt(cap) * OUTPUT_PICO).toBeLessThan(CENT)
  expect((await errorOf(await ask(key, { max_tokens: 1_024 }))).code).toBe('insufficient_quota')
  await rest(purse)
})

test('T30 of two lengths the longer one is reserved', async () => {
  const { key } = budgetedKey(CENT)
  const refused = await ask(key, { max_tokens: 1, max_completion_tokens: 100_000 })
  expect((await errorOf(refused)).code).toBe('insufficient_quota')
  expect((await errorOf(await ask(key, { max_tokens: 100_000, max_completion_tokens: 1 }))).code).toBe(
    'insufficient_quota',
  )
})

/** It answers 200 and breaks off: it may bill the prompt. */
const SILENT: Step[] = [{ status: 200, headers: { 'content-type': 'application/json' } }]

test('a second attempt is made only where there is money for what the first may be billed, too', async () => {
  const message = { role: 'user', content: 'word '.repeat(400) }
  const ask400 = (key: string) => ask(key, { max_tokens: 8, messages: [message] })
  const rich = budgetedKey(2n * CENT)
  await vendor.script(MODEL, SILENT, chat({ stream: false }))
  expect((await ask400(rich.key)).status).toBe(200)
  await rest(rich.purse)
  const both = await gateway.record()
  expect(both.lines).toHaveLength(2)
  expect(authority.spent(rich.purse)).toBe(both.costPicoUsd)

  await vendor.clear()
  await gateway.forgetRecords()
  booked = 0
  // As much as one attempt may cost: the prompt by its bytes.
  const poor = budgetedKey(6_000_000_000n)
  await vendor.script(MODEL, SILENT, SILENT, chat({ stream: false }))
  const response = await ask400(poor.key)
  expect([response.status, (await errorOf(response)).code]).toEqual([502, 'upstream_error'])
  await rest(poor.purse)
  expect(authority.spent(poor.purse)).toBeGreaterThan(0n)
  expect(authority.spent(poor.purse)).toBeLessThanOrEqual(6_000_000_000n)
  expect(authority.spent(poor.purse)).toBe((await gateway.record()).costPicoUsd)
  expect((await vendor.calls(MODEL)).length).toBe(1)
})

test('T84 a thousand at once on one cent: what is held never passes it, and it is used', async () => {
  const { key, purse } = budgetedKey(CENT)
  const samples: bigint[] = []
  const sampling = setInterval(() => {
    ship()
    samples.push(authority.spent(purse) + authority.leased(purse))
  }, 5)
  const codes = await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const response = await ask(key, { max_tokens: 8, x_pace_ms: 2 })
      if (!response.ok) return (await errorOf(response)).code
      await response.arrayBuffer()
      return 'ok'
    }),
  )
  clearInterval(sampling)
  expect(new Set(codes)).toEqual(new Set(['ok', 'insufficient_quota']))
  await rest(purse)
  for (const sample of samples) expect(sample).toBeLessThanOrEqual(CENT)
  expect(authority.spent(purse)).toBeLessThanOrEqual(CENT)
  expect(authority.spent(purse)).toBe(gateway.records.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n))
}, 60_000)

test('T85 callers who leave after the first byte are charged, and nothing of theirs stays held', async () => {
  const { key, purse } = budgetedKey(1_000n * CENT)
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      const leaving = new AbortController()
      const body = { stream: true, max_tokens: 1_000, x_tokens: 1_000, x_pace_ms: 20 }
      const response = await ask(key, body, leaving.signal)
      await response.body!.getReader().read()
      leaving.abort()
    }),
  )
  await until(() => gateway.records.length === 50)
  await rest(purse)
  expect(
    gateway.records.every(({ outcome, costPicoUsd }) => outcome === 'cancelled' && costPicoUsd > 0n),
  ).toBe(true)
  expect(authority.spent(purse)).toBe(gateway.records.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n))
}, 30_000)

test('T86 what was reserved for a request that every vendor failed is there again', async () => {
  const { key, purse } = budgetedKey(CENT)
  await vendor.script(MODEL, [{ status: 500 }, { text: '{"error":{"message":"no"}}' }])
  for (let tries = 0; tries < 2; tries++) expect((await ask(key)).status).toBe(502)
  await rest(purse)
  expect(authority.spent(purse)).toBe(0n)
  await vendor.clear()
  expect((await ask(key)).status).toBe(200)
})

test('F25 with the database away what is held is used up, then budgeted keys get 503 and others go on', async () => {
  const { key } = budgetedKey(1_000n * CENT)
  expect((await ask(key, { max_tokens: 8 })).status).toBe(200)
  await until(() => [...authority.slices.values()].some(({ amount }) => amount > 2_000_000_000n))
  isAway = true
  const statuses: number[] = []
  let refused: Response | undefined
  for (let tries = 0; tries < 500 && !refused; tries++) {
    const response = await ask(key, { max_tokens: 8 })
    statuses.push(response.status)
    if (!response.ok) refused = response
    else await response.arrayBuffer()
  }
  expect(statuses.filter(status => status === 200).length).toBeGreaterThan(2)
  expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([503, '1'])
  expect((await errorOf(refused!)).code).toBe('budget_unavailable')
  expect((await ask(gateway.key)).status).toBe(200)
  isAway = false
  ship()
  await until(() => budgets.waiting === 0)
  await Bun.sleep(300)
  expect((await ask(key, { max_tokens: 8 })).status).toBe(200)
}, 30_000)

test('T87 a budget that is lowered below what is spent cuts the streams that are open, which are charged', async () => {
  const { key, caller, purse } = budgetedKey(CENT)
  expect((await ask(key, { max_tokens: 8 })).status).toBe(200)
  await rest(purse)
  await vendor.script(MODEL, chat({ tokens: ['a', 'b'], cut: { after: 2, how: 'stall' } }))
  const response = await ask(key, { stream: true, max_tokens: 8 })
  const lowered = { limitPicoUsd: 1n, period: 'total' } as const
  authority.budgets.set(caller.keyId, lowered)
  gateway.keyring.put({ ...caller, version: 2, budget: lowered })
  budgets.changed(caller.keyId)
  const text = await response.text()
  expect(chunksOf(text).at(-1)?.error).toMatchObject({ code: 'budget_exhausted', type: 'insufficient_quota' })
  expect(text).toEndWith('data: [DONE]\n\n')
  // What the stream had reserved is not there for others.
  expect((await ask(key, { max_tokens: 1 })).status).toBe(429)
  await until(() => gateway.records.length === 3)
  await rest(purse)
  expect(gateway.records.find(({ outcome }) => outcome === 'error')).toMatchObject({
    errorCode: 'budget_exhausted',
  })
  expect(gateway.records.find(({ outcome }) => outcome === 'error')!.costPicoUsd).toBeGreaterThan(0n)
})

test('T87 a budget that is raised, lowered above what is spent, or taken away during requests holds from then on', async () => {
  const { key, caller, purse } = budgetedKey(CENT)
  const set = (budget: Budget | null, version: number) => {
    if (budget) authority.budgets.set(caller.keyId, budget)
    else authority.budgets.delete(caller.keyId)
    gateway.keyring.put({ ...caller, version, budget })
    budgets.changed(caller.keyId)
  }
  const slow = { max_tokens: 8, x_pace_ms: 50 }
  const running = Array.from({ length: 5 }, () => ask(key, slow))
  await until(() => gateway.limits.inFlight === 5)
  set({ limitPicoUsd: CENT / 2n, period: 'total' }, 2)
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual(Array(5).fill(200))
  expect((await ask(key, { max_tokens: 600 })).status).toBe(429)
  set({ limitPicoUsd: 2n * CENT, period: 'total' }, 3)
  expect((await ask(key, { max_tokens: 600 })).status).toBe(200)
  set(null, 4)
  expect((await ask(key, { max_tokens: 100_000 })).status).toBe(200)
  await rest(purse)
  expect(authority.spent(purse)).toBe(gateway.records.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n))
}, 30_000)
