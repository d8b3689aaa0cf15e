import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import type { Budget } from '../../src/db/budget'
import { debitLost, returnLeases } from '../../src/db/budget-return'
import { readSpending } from '../../src/db/budget-spent'
import type { Purse } from '../../src/db/budget-sql'
import { type Dealt, type Turn, takeTurns } from '../../src/db/budget-turn'
import { changeKey } from '../../src/db/change-key'
import { insertKey } from '../../src/db/keys'
import type { BudgetLeases } from '../../src/db/ledger-row'
import { firstIdAt } from '../../src/db/month'
import { storeRecords } from '../../src/db/store-records'
import { changeTenant, insertTenant } from '../../src/db/tenants'
import { aggregateUsage } from '../../src/db/usage'
import { newId } from '../../src/lib/id'
import { spanOf } from '../../src/lib/period'
import { decodeRecord, encodeRecord } from '../../src/usage/journal'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { auditRow, keyRow } from './rows'

const NOW = Date.UTC(2026, 10, 24, 10)
/** As the id of a request that arrived then. */
const idAt = (date: number) => firstIdAt(date).slice(0, 19) + newId().slice(19)

describeDatabases('budgets in the database', kind => {
  let fresh: FreshDatabase
  let tenantId: string
  let keyId: string
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())
  beforeEach(async () => {
    tenantId = newId()
    await insertTenant(fresh.db, { id: tenantId, name: 'acme', createdAt: NOW })
    const row = keyRow(tenantId, { budget: { limitPicoUsd: 1_000n, period: 'total' } })
    keyId = row.id
    await insertKey(fresh.db, row)
  })

  const purse = (scopeId = keyId, period: Budget['period'] = 'total', date = NOW): Purse => ({
    tenantId,
    scopeId,
    period,
    ...spanOf(period, date),
  })
  const lease = (of: Purse = purse(), holder = newId()) => {
    const leaseId = newId()
    let turn = 0
    const send = async (change: Partial<Turn>): Promise<Dealt> => {
      const none = { givePicoUsd: 0n, leastPicoUsd: 0n, needPicoUsd: 0n, wantPicoUsd: 0n, usedPicoUsd: 0n }
      const sent = { purse: of, leaseId, turn, closes: false, ...none, ...change }
      const [dealt] = await takeTurns(fresh.db, holder, [sent])
      return dealt!
    }
    return {
      leaseId,
      holder,
      again: send,
      take: (change: Partial<Turn>) => {
        turn++
        return send(change)
      },
    }
  }
  const need = (picoUsd: bigint) => ({ needPicoUsd: picoUsd, leastPicoUsd: picoUsd, wantPicoUsd: picoUsd })
  const record = (costPicoUsd: bigint, leases?: BudgetLeases, createdAt = NOW) =>
    encodeRecord(
      auditRow({ requestId: idAt(createdAt), tenantId, keyId, createdAt, costPicoUsd, leases } as object),
    )
  const book = (...costs: bigint[]) => storeRecords(fresh.db, costs.map(cost => record(cost)).join('\n'))
  /** spent, leased, and the sum of the ledger's lines. */
  const state = async (of = purse()) => {
    const [row] = await fresh.db.sql`
      SELECT spent_pico_usd AS spent, leased_pico_usd AS leased, (
        SELECT coalesce(sum(cost_pico_usd), 0) FROM ledger l WHERE l.tenant_id = p.tenant_id
          AND l.created_at >= p.starts_at AND l.created_at < p.ends_at
          AND CASE WHEN endpoint = 'budget' THEN key_id = scope_id ELSE scope_id IN (key_id, l.tenant_id) END
      ) AS ledger, (
        SELECT coalesce(sum(amount_pico_usd), 0) FROM budget_lease b
        WHERE b.scope_id = p.scope_id AND b.starts_at = p.starts_at AND b.period = p.period
      ) AS leases
      FROM budget_purse p WHERE scope_id = ${of.scopeId} AND period = ${of.period}
        AND starts_at = to_timestamp(${of.startsAt / 1000}::float8)`
    expect(row?.leases).toBe(row?.leased)
    return row && [row.spent, row.leased, row.ledger].map(Number)
  }

  test('what is needed is dealt out while there is some, and nothing after', async () => {
    const one = lease()
    expect(await one.take(need(600n))).toMatchObject({
      outcome: 'done',
      grantedPicoUsd: 600n,
      limitPicoUsd: 1_000n,
      freePicoUsd: 400n,
      pending: 0,
    })
    expect(await one.take(need(401n))).toMatchObject({ grantedPicoUsd: 0n, freePicoUsd: 400n })
    expect(await one.take(need(400n))).toMatchObject({ grantedPicoUsd: 400n, freePicoUsd: 0n })
    expect(await state()).toEqual([0, 1_000, 0])
  })

  test('what is only wanted is a part of what is free, shared by all who hold some', async () => {
    expect(await lease().take({ wantPicoUsd: 900n })).toMatchObject({ grantedPicoUsd: 250n })
    expect(await lease().take({ wantPicoUsd: 900n })).toMatchObject({ grantedPicoUsd: 93n })
    expect(await lease().take({ wantPicoUsd: 7n })).toMatchObject({ grantedPicoUsd: 7n })
  })

  test('what is of no use is not dealt out; what serves some of those who wait is', async () => {
    await lease().take(need(900n))
    const other = lease()
    expect(await other.take({ leastPicoUsd: 101n, needPicoUsd: 300n, wantPicoUsd: 300n })).toMatchObject({
      grantedPicoUsd: 0n,
    })
    expect(await other.take({ leastPicoUsd: 100n, needPicoUsd: 300n, wantPicoUsd: 300n })).toMatchObject({
      grantedPicoUsd: 100n,
    })
  })

  test('the same turn again is the same answer and changes nothing', async () => {
    const one = lease()
    await one.take(need(100n))
    expect(await one.again(need(100n))).toMatchObject({ outcome: 'done', grantedPicoUsd: 100n })
    await one.take({ ...need(50n), givePicoUsd: 30n })
    expect(await one.again({ ...need(50n), givePicoUsd: 30n })).toMatchObject({
      outcome: 'done',
      grantedPicoUsd: 50n,
    })
    expect(await state()).toEqual([0, 120, 0])
  })

  test('a cost leaves its lease as it is booked, once however often it is stored', async () => {
    const one = lease()
    await one.take(need(500n))
    const stored = record(120n, { key: one.leaseId })
    await storeRecords(fresh.db, stored)
    await storeRecords(fresh.db, [stored, record(80n, { key: one.leaseId })].join('\n'))
    expect(await state()).toEqual([200, 300, 200])
    expect(await lease().take(need(501n))).toMatchObject({ grantedPicoUsd: 0n, freePicoUsd: 500n })
  })

  test('a cost beyond the lease is spent in full, and shuts the budget', async () => {
    const one = lease()
    await one.take(need(500n))
    await storeRecords(fresh.db, record(1_700n, { key: one.leaseId }))
    expect(await state()).toEqual([1_700, 0, 1_700])
    expect(await one.take(need(1n))).toMatchObject({
      grantedPicoUsd: 0n,
      spentPicoUsd: 1_700n,
      freePicoUsd: 0n,
    })
  })

  test('what was spent before the budget is counted, in its period alone', async () => {
    const [before, after] = [Date.UTC(2026, 10, 22, 23, 59, 59, 999), Date.UTC(2026, 10, 30)]
    await storeRecords(fresh.db, [record(5n, {}, before), record(7n), record(11n, {}, after)].join('\n'))
    const change = { id: keyId, tenantId: undefined, changerId: undefined }
    await changeKey(fresh.db, change, () => ({ budget: { limitPicoUsd: 100n, period: 'week' } }))
    expect(await lease(purse(keyId, 'week')).take({})).toMatchObject({ spentPicoUsd: 7n, freePicoUsd: 93n })
    await storeRecords(fresh.db, [record(13n), record(17n, {}, after)].join('\n'))
    expect(await state(purse(keyId, 'week'))).toEqual([20, 0, 20])
    expect(await state(purse(keyId, 'week', after))).toBeUndefined()
    expect(await lease(purse(keyId, 'week', after)).take({})).toMatchObject({ spentPicoUsd: 28n })
  })

  test('a key and its tenant are counted each for itself', async () => {
    await changeTenant(fresh.db, tenantId, { budget: { limitPicoUsd: 300n, period: 'month' } })
    const [ofKey, ofTenant] = [lease(), lease(purse(tenantId, 'month'))]
    expect(await ofKey.take(need(200n))).toMatchObject({ grantedPicoUsd: 200n, limitPicoUsd: 1_000n })
    expect(await ofTenant.take(need(200n))).toMatchObject({ grantedPicoUsd: 200n, limitPicoUsd: 300n })
    await storeRecords(fresh.db, record(150n, { key: ofKey.leaseId, tenant: ofTenant.leaseId }))
    expect(await state()).toEqual([150, 50, 150])
    expect(await state(purse(tenantId, 'month'))).toEqual([150, 50, 150])
  })

  test('a budget that was lowered, taken away or exchanged deals out nothing more', async () => {
    const one = lease()
    await one.take(need(500n))
    const change = { id: keyId, tenantId: undefined, changerId: undefined }
    await changeKey(fresh.db, change, () => ({ budget: { limitPicoUsd: 400n, period: 'total' } }))
    expect(await one.take(need(1n))).toMatchObject({ grantedPicoUsd: 0n, limitPicoUsd: 400n })
    expect(await one.take({ givePicoUsd: 500n })).toMatchObject({ freePicoUsd: 400n })
    await changeKey(fresh.db, change, () => ({ budget: { limitPicoUsd: 400n, period: 'day' } }))
    expect(await one.take(need(1n))).toMatchObject({ grantedPicoUsd: 0n, limitPicoUsd: null })
    await changeKey(fresh.db, change, () => ({ budget: null }))
    expect(await one.take(need(1n))).toMatchObject({ grantedPicoUsd: 0n, limitPicoUsd: null })
  })

  test('others are told once a second that somebody lacks what they hold, and that they have answered', async () => {
    const [one, other] = [lease(), lease()]
    await one.take({ ...need(1_000n), usedPicoUsd: 100n })
    expect(await other.take(need(50n))).toMatchObject({ grantedPicoUsd: 0n, pending: 1 })
    expect(await other.take(need(50n))).toMatchObject({ grantedPicoUsd: 0n, pending: 1 })
    const told = await fresh.db.sql`SELECT kind FROM change WHERE ref = ${keyId} AND kind = 'budget'`
    expect(told).toHaveLength(1)
    await one.take({ givePicoUsd: 880n, usedPicoUsd: 120n })
    expect(await other.take(need(900n))).toMatchObject({ grantedPicoUsd: 0n, freePicoUsd: 880n, pending: 0 })
    expect(await other.take(need(880n))).toMatchObject({ grantedPicoUsd: 880n })
  })

  test('a lease that is closed is gone, with all that was left in it', async () => {
    const one = lease()
    await one.take(need(500n))
    expect(await one.take({ closes: true })).toMatchObject({ outcome: 'done', freePicoUsd: 1_000n })
    expect(await state()).toEqual([0, 0, 0])
    expect(await one.take({})).toMatchObject({ outcome: 'lost' })
  })

  test('a database that was put back to an earlier state takes its slices away from holders that know better', async () => {
    const [one, other] = [lease(), lease()]
    await one.take(need(100n))
    await one.take(need(50n))
    await fresh.db.sql`UPDATE budget_lease SET turn = 0 WHERE id = ${one.leaseId}`
    expect(await one.take(need(1n))).toMatchObject({ outcome: 'lost', grantedPicoUsd: 0n })
    await other.take(need(100n))
    await fresh.db.sql`UPDATE budget_lease SET amount_pico_usd = 30 WHERE id = ${other.leaseId}`
    await fresh.db.sql`UPDATE budget_purse SET leased_pico_usd = 180 WHERE scope_id = ${keyId}`
    expect(await other.take({ givePicoUsd: 31n })).toMatchObject({ outcome: 'lost' })
    expect(await state()).toEqual([0, 180, 0])
  })

  test('what a process held comes back once its spool is settled, whatever it held', async () => {
    const one = lease()
    const two = lease(purse(tenantId, 'day'), one.holder)
    await changeTenant(fresh.db, tenantId, { budget: { limitPicoUsd: 300n, period: 'day' } })
    await one.take({ ...need(500n), usedPicoUsd: 500n })
    await two.take(need(50n))
    const other = lease()
    await other.take(need(70n))
    await storeRecords(fresh.db, record(20n, { key: one.leaseId, tenant: two.leaseId }))
    await returnLeases(fresh.db, one.holder)
    await returnLeases(fresh.db, one.holder)
    expect(await state()).toEqual([20, 70, 20])
    expect(await state(purse(tenantId, 'day'))).toEqual([20, 0, 20])
  })

  test('a slice whose holder never comes back is booked whole, and corrected if it does', async () => {
    const one = lease()
    await one.take({ ...need(500n), usedPicoUsd: 90n })
    await storeRecords(fresh.db, record(20n, { key: one.leaseId }))
    expect((await debitLost(fresh.db, 0)).filter(({ holder }) => holder === one.holder)).toEqual([])
    await fresh.db
      .sql`UPDATE budget_lease SET expires_at = now() - interval '1 hour' WHERE id = ${one.leaseId}`
    const debited = { holder: one.holder, debitedPicoUsd: 480n }
    expect(await debitLost(fresh.db, 3_599_000)).toContainEqual(debited)
    expect(await debitLost(fresh.db, 0)).not.toContainEqual(debited)
    expect(await state()).toEqual([500, 0, 500])
    expect(await one.take(need(1n))).toMatchObject({ outcome: 'lost' })
    await storeRecords(fresh.db, record(60n, { key: one.leaseId }))
    expect(await state()).toEqual([560, 0, 560])
    expect((await aggregateUsage(fresh.db, { tenantId, groupBy: [] }))[0]?.costPicoUsd).toBe(80n)
    await returnLeases(fresh.db, one.holder)
    expect(await state()).toEqual([80, 0, 80])
    expect((await aggregateUsage(fresh.db, { tenantId, groupBy: [] }))[0]?.costPicoUsd).toBe(80n)
    const lines = await fresh.db.sql`
      SELECT line, kind, source, cost_pico_usd AS cost FROM ledger WHERE request_id = ${one.leaseId} ORDER BY line`
    expect([...lines]).toEqual([
      { line: 0, kind: 'estimated', source: 'estimated', cost: '480' },
      { line: 1, kind: 'adjustment', source: 'estimated', cost: '-480' },
    ])
  })

  test('what is spent and what is reserved can be read; idle leases reserve nothing', async () => {
    const one = lease()
    await one.take({ ...need(500n), usedPicoUsd: 0n })
    await one.take({ usedPicoUsd: 120n })
    await book(30n)
    expect(await readSpending(fresh.db, [purse(), purse(keyId, 'day')])).toEqual([
      { spentPicoUsd: 30n, reservedPicoUsd: 120n },
      { spentPicoUsd: 0n, reservedPicoUsd: 0n },
    ])
  })

  test('purses that are opened while others book miss nothing and count nothing twice', async () => {
    const count = kind === 'embedded' ? 3 : 12
    const days = Array.from({ length: count }, (_, day) => NOW + day * 86_400_000)
    const booking = days.flatMap(day =>
      Array.from({ length: 8 }, () => storeRecords(fresh.db, record(3n, {}, day))),
    )
    const opening = days.map(day => lease(purse(keyId, 'day', day)).take({}))
    await Promise.all([...booking, ...opening])
    for (const day of days) expect(await state(purse(keyId, 'day', day))).toEqual([24, 0, 24])
  })

  test.skipIf(kind === 'embedded')(
    'a purse waits for those who began to book before it was there',
    async () => {
      const slow = record(3n)
      const { requestId, createdAt } = decodeRecord(slow)
      const waiting = async () => {
        const [row] = await fresh.db.sql`
          SELECT count(*)::int AS count FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`
        return Number(row?.count)
      }
      let work: Promise<unknown> | undefined
      // Who inserts the same line waits for the first one's end, its view of the world taken before.
      const first = fresh.db.sql.begin(async transaction => {
        await transaction`
          INSERT INTO ledger (tenant_id, request_id, key_id, created_at, line, cost_pico_usd, kind, endpoint)
          VALUES (${tenantId}, ${requestId}, ${keyId}, to_timestamp(${createdAt / 1000}::float8), 0, 3, 'usage', 'x')`
        const booking = storeRecords(fresh.db, slow)
        while ((await waiting()) < 1) await Bun.sleep(5)
        const opening = lease().take({})
        work = Promise.all([booking, opening])
        await Promise.race([opening, untilTwoWait()])
        throw new Error('undone')
      })
      const untilTwoWait = async () => {
        while ((await waiting()) < 2) await Bun.sleep(5)
      }
      await expect(first).rejects.toThrow('undone')
      await work
      expect(await state()).toEqual([3, 0, 3])
    },
  )
})
