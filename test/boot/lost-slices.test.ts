import { afterAll, beforeAll, expect, test } from 'bun:test'
import { BudgetKeeping } from '../../src/boot/budgets'
import { LEASE_MS, takeTurns } from '../../src/db/budget-turn'
import { insertKey } from '../../src/db/keys'
import { insertTenant } from '../../src/db/tenants'
import { systemClock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import { silentLog } from '../../src/lib/log'
import { spanOf } from '../../src/lib/period'
import { TenantAllowances } from '../../src/limits/tenant-allowances'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { keyRow } from '../db/rows'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'

const MINUTE_MS = 60_000

describeDatabases('slices whose process never came back', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  /** A slice of 500 whose lease ended so long ago. */
  async function slice(silentMs: number): Promise<{ holder: string; leaseId: string }> {
    const tenantId = newId()
    await insertTenant(fresh.db, { id: tenantId, name: 'acme', createdAt: Date.now() })
    const key = keyRow(tenantId, { budget: { limitPicoUsd: 1_000n, period: 'total' } })
    await insertKey(fresh.db, key)
    const [holder, leaseId] = [newId(), newId()]
    const purse = { tenantId, scopeId: key.id, period: 'total' as const, ...spanOf('total', Date.now()) }
    const sums = {
      givePicoUsd: 0n,
      leastPicoUsd: 500n,
      needPicoUsd: 500n,
      wantPicoUsd: 500n,
      usedPicoUsd: 0n,
    }
    await takeTurns(fresh.db, holder, [{ purse, leaseId, turn: 1, closes: false, ...sums }])
    await fresh.db.sql`
      UPDATE budget_lease SET expires_at = now() - ${silentMs}::float8 * interval '1 millisecond'
      WHERE id = ${leaseId}`
    return { holder, leaseId }
  }
  const debitedOf = async (leaseId: string) =>
    (await fresh.db.sql`SELECT debited_pico_usd AS debited FROM budget_lease WHERE id = ${leaseId}`)[0]
      ?.debited

  function keeping(vendors: { timeouts: typeof DEFAULT_TIMEOUTS }[], said: object[]): BudgetKeeping {
    return new BudgetKeeping({
      clock: systemClock,
      log: { ...silentLog, error: (message, facts) => void said.push({ message, ...facts }) },
      store: { database: fresh.db },
      tenants: new TenantAllowances(),
      holder: newId(),
      vendors,
      lookForLostMs: 20,
    })
  }

  test('are booked by any process once the longest attempt can have ended, which is said', async () => {
    const hour = DEFAULT_TIMEOUTS.total * 1000 + LEASE_MS
    const [early, late] = [await slice(hour - MINUTE_MS), await slice(hour + MINUTE_MS)]
    const said: object[] = []
    const one = keeping([], said)
    one.start()
    while ((await debitedOf(late.leaseId)) !== '500') await Bun.sleep(10)
    while (said.length === 0) await Bun.sleep(10)
    await one.stop()
    expect(await debitedOf(early.leaseId)).toBeNull()
    expect(said).toMatchObject([{ message: expect.stringContaining('never came back'), holder: late.holder }])
  })

  test('are left alone for as long as a vendor is allowed to take', async () => {
    const hours = 3 * DEFAULT_TIMEOUTS.total
    const [early, late] = [await slice((hours - 60) * 1000), await slice((hours + 180) * 1000)]
    const one = keeping([{ timeouts: { ...DEFAULT_TIMEOUTS, total: hours } }], [])
    one.start()
    while ((await debitedOf(late.leaseId)) !== '500') await Bun.sleep(10)
    await one.stop()
    expect(await debitedOf(early.leaseId)).toBeNull()
  })
})
