import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import type { Budget } from '../../src/db/budget'
import { chargesOf } from '../../src/db/lease-charges'
import { newId } from '../../src/lib/id'
import type { Budgets } from '../../src/limits/budget/budgets'
import { toStored } from '../../src/usage/stored-record'
import { anyCaller } from '../auth/any-caller'
import { Authority, purseAt } from '../limits/budget/authority'
import { budgetsOn } from '../limits/budget/budgets-on'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK } from './stream-text'

const CENT: Budget = { limitPicoUsd: 10_000_000_000n, period: 'total' }
const TENANT = newId()
/** $10 for a million. */
const OUTPUT_PICO = 10_000_000n
const INPUT_PICO = 2_500_000n

let vendor: Vendor
let gateway: TestGateway
let budgets: Budgets
let authority: Authority
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  authority = new Authority()
  authority.budgets.set(TENANT, CENT)
  budgets = budgetsOn({
    tenants: { [TENANT]: CENT },
    takeTurns: async turns => authority.takeTurns('one', turns),
  })
  gateway = startGateway({ vendors: { acme: vendor.url }, budgets })
  gateway.deps.ticker.add(budgets)
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

function keyWith(budget: Budget | null, tenantId = newId()) {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  const caller = anyCaller(key, { keyId: newId(), tenantId, budget })
  if (budget) authority.budgets.set(caller.keyId, budget)
  gateway.keyring.put(caller)
  return { key, caller }
}

const ask = (key: string) =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...ASK, stream: false, max_tokens: 8 }),
  })
const messageOf = async (response: Response) =>
  ((await response.json()) as { error: { message: string } }).error.message

for (const [whose, make] of [
  ['this API key', () => keyWith(CENT)],
  ["this key's tenant", () => keyWith(null, TENANT)],
] as const)
  test(`a vendor that bills beyond the length that it was told is recorded in full, and the budget of ${whose} is shut`, async () => {
    const { key, caller } = make()
    const usage = { inputTokens: 12, outputTokens: 5_000 }
    await vendor.script('m-2026-01', chat({ stream: false, usage }), chat({ stream: false }))
    expect((await ask(key)).status).toBe(200)
    const record = await gateway.record()
    const cost = 12n * INPUT_PICO + 5_000n * OUTPUT_PICO
    expect(record).toMatchObject({ usage, usageSource: 'vendor', costPicoUsd: cost, isOverrun: true })
    expect(toStored(record).line?.kind).toBe('overrun')
    expect(cost).toBeGreaterThan(CENT.limitPicoUsd)
    // At once by what this process knows, and for good by what is booked.
    expect((await ask(key)).status).toBe(429)
    authority.book([record])
    budgets.booked(chargesOf([record]))
    const scopeId = whose === 'this API key' ? caller.keyId : TENANT
    const purse = purseAt(caller.tenantId, scopeId, 'total', 0)
    expect([authority.spent(purse), authority.leased(purse)]).toEqual([cost, 0n])
    const refused = await ask(key)
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false'])
    expect(await messageOf(refused)).toContain(`of the budget of ${whose} ($0.01) $0 is left.`)
    expect(await vendor.calls('m-2026-01')).toHaveLength(1)
    expect((await ask(gateway.key)).status).toBe(200)
  })

test('what keeps within what was reserved is no overrun', async () => {
  const { key } = keyWith(CENT)
  await vendor.script('m-2026-01', chat({ stream: false, usage: { inputTokens: 12, outputTokens: 8 } }))
  expect((await ask(key)).status).toBe(200)
  const record = await gateway.record()
  expect(record.isOverrun).toBe(false)
  expect(toStored(record).line?.kind).toBe('usage')
})
