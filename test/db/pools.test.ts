import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import postgres from 'postgres'
import { findAudit, listAudit } from '../../src/db/audit'
import { checkBatches } from '../../src/db/audit-batch'
import { readSpending } from '../../src/db/budget-spent'
import type { Purse } from '../../src/db/budget-sql'
import { findKeyByHash } from '../../src/db/keys'
import { aggregateUsage } from '../../src/db/usage'
import { newId } from '../../src/lib/id'
import { type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'

/** More than either client has connections. */
const MANY = 6

describe.skipIf(!hasRealServer)('the two clients of a real server', () => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase('real')
  })
  afterAll(() => fresh.close())

  const purse: Purse = { tenantId: newId(), scopeId: newId(), period: 'total', startsAt: 0, endsAt: null }
  const reads: Record<string, () => Promise<unknown>> = {
    'a page of records': () => listAudit(fresh.db, { limit: 10 }),
    'one record': () => findAudit(fresh.db, newId()),
    'sums of usage': () => aggregateUsage(fresh.db, { groupBy: ['day'] }),
    'a check of batches': () => checkBatches(fresh.db, { limit: 10 }),
    'what was spent of budgets': () => readSpending(fresh.db, [purse]),
  }
  for (const [name, read] of Object.entries(reads))
    test(`F29: however many wait for ${name}, a key is looked up at once`, async () => {
      const blocker = postgres(fresh.url!, { max: 1, onnotice: () => {} })
      const waiting: Promise<unknown>[] = []
      await blocker.begin(async sql => {
        await sql`LOCK TABLE audit, ledger, audit_batch, budget_purse IN ACCESS EXCLUSIVE MODE`
        for (let count = 0; count < MANY; count++) waiting.push(read())
        while ((await locked(sql)) === 0) await Bun.sleep(5)
        // The lock goes only after it: one that had to wait for them would end at its own deadline, and throw.
        expect(await findKeyByHash(fresh.db, 'no such hash')).toBeUndefined()
      })
      await Promise.all(waiting)
      await blocker.end()
    })

  test('F28: while lookups hang, those after the fifth are refused at once; once one is answered, all are', async () => {
    const blocker = postgres(fresh.url!, { max: 1, onnotice: () => {} })
    const lookUp = () => findKeyByHash(fresh.db, newId()).catch(({ code }) => code)
    await blocker.begin(async sql => {
      await sql`LOCK TABLE key IN ACCESS EXCLUSIVE MODE`
      let startedAt = performance.now()
      expect(await Promise.all(Array.from({ length: 5 }, lookUp))).toEqual(Array(5).fill('store_unavailable'))
      expect(performance.now() - startedAt).toBeLessThan(2_500)
      startedAt = performance.now()
      expect(await Promise.all(Array.from({ length: 50 }, lookUp))).toEqual(
        Array(50).fill('store_unavailable'),
      )
      expect(performance.now() - startedAt).toBeLessThan(1_000)
    })
    await blocker.end()
    while ((await lookUp()) !== undefined) await Bun.sleep(20)
    expect(await Promise.all([lookUp(), lookUp()])).toEqual([undefined, undefined])
  }, 30_000)

  test('F34: each connection has the time limit of its client, whichever a query lands on', async () => {
    const limits = async (client: { unsafe: (text: string) => Promise<unknown> }) => {
      const query = `SELECT current_setting('statement_timeout') AS value, pg_backend_pid() AS pid, pg_sleep(0.3)`
      const rows = (await Promise.all(Array.from({ length: 4 }, () => client.unsafe(query)))).flat()
      return rows as { value: string; pid: number }[]
    }
    const [requests, reading] = await Promise.all([limits(fresh.db.sql), limits(fresh.db.reads)])
    expect(requests.map(({ value }) => value)).toEqual(Array(4).fill('15s'))
    expect(reading.map(({ value }) => value)).toEqual(Array(4).fill('35s'))
    expect(new Set([...requests, ...reading].map(({ pid }) => pid)).size).toBe(8)
  })
})

/** How many wait for a lock. */
async function locked(sql: postgres.TransactionSql): Promise<number> {
  const [row] = await sql`
    SELECT count(*)::int AS count FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE NOT granted AND datname = current_database()`
  return Number(row?.count)
}
