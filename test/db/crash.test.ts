import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import postgres from 'postgres'
import { findAudit } from '../../src/db/audit'
import { connect } from '../../src/db/client'
import { findKey } from '../../src/db/keys'
import { GatewayError } from '../../src/errors'
import { systemClock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import {
  type FreshDatabase,
  freshDatabase,
  hasThrowawayServer,
  type RealServer,
  realServer,
} from '../postgres'
import { auditRow, storeAudit } from './rows'

/** Locks, kills and several sessions: the real server alone has them. */
describe.skipIf(!hasThrowawayServer)('a real server that fails', () => {
  let server: RealServer
  let fresh: FreshDatabase
  beforeAll(async () => {
    server = (await realServer())!
    fresh = await freshDatabase('real')
  })
  afterAll(() => fresh.close())

  const backends = async () => {
    const rows = await fresh.db.sql`
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
    return rows.map(row => Number(row.pid))
  }

  test('killed under load, it takes neither the process nor a connection with it', async () => {
    let running = true
    let lost = 0
    const settled = { ok: 0, failed: 0 }
    const work = async (once: () => Promise<unknown>) => {
      while (running) {
        const done = await Promise.race([
          once().then(
            () => 'ok' as const,
            () => 'failed' as const,
          ),
          Bun.sleep(8_000).then(() => 'lost' as const),
        ])
        if (done === 'lost') lost++
        else settled[done]++
      }
    }
    const { db } = fresh
    const load = Array.from({ length: 24 }, (_, index) =>
      work(() => {
        if (index % 3 === 0) return storeAudit(db, [auditRow(), auditRow()])
        if (index % 3 === 1) return findKey(db, newId())
        return db.sql.begin(async sql => {
          await sql`SELECT ${index}::int`
          return sql`SELECT pg_sleep(0.001)`
        })
      }),
    )
    for (let crash = 0; crash < 6; crash++) {
      await Bun.sleep(300)
      const [pid] = await backends().catch(() => [])
      if (pid) server.crash(pid)
    }
    await Bun.sleep(1_500)
    running = false
    await Promise.all(load)
    expect(lost).toBe(0)
    expect(settled.failed).toBeGreaterThan(0)

    // Each connection of the pool still works: these wait for one another on the server.
    const used = await Promise.all(
      Array.from({ length: 4 }, () => db.sql`SELECT pg_backend_pid() AS pid, pg_sleep(0.2)`),
    )
    expect(new Set(used.map(rows => Number(rows[0]?.pid))).size).toBe(4)
  }, 30_000)

  test('batches whose fate is unknown (F33), written again until they are taken, are there once', async () => {
    const { db } = fresh
    const tenantId = newId()
    const batches = Array.from({ length: 40 }, () => Array.from({ length: 50 }, () => auditRow({ tenantId })))
    let failures = 0
    const persist = async (batch: (typeof batches)[number]) => {
      for (;;) {
        const isWritten = await storeAudit(db, batch).then(
          () => true,
          error => {
            expect((error as GatewayError).code).toBe('store_unavailable')
            failures++
          },
        )
        if (isWritten) return
        await Bun.sleep(20)
      }
    }
    let running = true
    const crashes = (async () => {
      while (running) {
        const [pid] = await backends().catch(() => [])
        if (pid) server.crash(pid)
        await Bun.sleep(400)
      }
    })()
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      // On until some were cut, however slow the machine is.
      for (let at = writer; at < batches.length || failures < 3; at += 4) {
        await persist(batches[at % batches.length]!)
        await Bun.sleep(100)
      }
    })
    await Promise.all(writers)
    running = false
    await crashes
    for (const batch of batches) await persist(batch)
    const [row] = await db.sql`
      SELECT count(*)::int AS lines, count(DISTINCT request_id)::int AS requests, sum(cost_pico_usd)::text AS cost
      FROM ledger WHERE tenant_id = ${tenantId}`
    expect(row).toEqual({ lines: 2_000, requests: 2_000, cost: String(2_000n * 1_518_000_000n) } as never)
    const [kept] = await db.sql`SELECT count(*)::int AS count FROM audit WHERE tenant_id = ${tenantId}`
    expect(kept?.count).toBe(2_000)
  }, 60_000)

  test('a batch that the server gives up in a deadlock is written at the second try', async () => {
    const { db } = fresh
    const [first, second] = [auditRow(), auditRow()]
    const lock = (requestId: string) => `
      INSERT INTO ledger (line, tenant_id, request_id, key_id, created_at, cost_pico_usd, kind, endpoint)
      VALUES (0, '${first.tenantId}', '${requestId}', '${first.keyId}', now(), 0, 'usage', 'x')`
    const blocker = postgres(fresh.url!, { max: 1, onnotice: () => {} })
    let storing: Promise<number> | undefined
    // The other holds the second line and then wants the first: whoever has waited longer is given up, and that is the batch.
    const other = blocker.begin(async sql => {
      await sql.unsafe(lock(second.requestId))
      storing = storeAudit(db, [first, second], { random: () => 0.5 })
      await Bun.sleep(400)
      await sql.unsafe(lock(first.requestId))
      throw new Error('rolled back')
    })
    await expect(other).rejects.toThrow('rolled back')
    expect(await storing).toBe(2)
    const [row] =
      await db.sql`SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()`
    await blocker.end()
    expect(await findAudit(db, first.requestId)).toEqual(first)
    expect(row?.count).toBeGreaterThan(0)
  })

  test('a connection lost in mid-query is store_unavailable, and the next query works', async () => {
    const { db } = fresh
    const slow = db.ask(db.sql`SELECT pg_sleep(20)`, 15_000).catch((error: unknown) => error)
    await Bun.sleep(200)
    const [pid] = await db.sql`SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%'`
    server.crash(Number(pid?.pid))
    const error = (await slow) as GatewayError
    expect(error).toBeInstanceOf(GatewayError)
    expect([error.status, error.code]).toEqual([503, 'store_unavailable'])
    await Bun.sleep(1_000)
    expect(await storeAudit(db, [auditRow()])).toBe(1)
  })

  test('a backend that hangs holds up nobody beyond the deadline, and its pool is replaced', async () => {
    const { db } = fresh
    const pids = await Promise.all(
      Array.from({ length: 4 }, () => db.sql`SELECT pg_backend_pid() AS pid, pg_sleep(0.2)`),
    )
    const stopped = pids.map(rows => Number(rows[0]?.pid))
    for (const pid of stopped) process.kill(pid, 'SIGSTOP')
    try {
      const start = performance.now()
      const error = await db.ask(db.sql`SELECT 1`, 500).catch((reason: unknown) => reason)
      expect(performance.now() - start).toBeLessThan(5_000)
      expect((error as GatewayError).code).toBe('store_unavailable')
      expect(await db.ask(db.sql`SELECT 1 AS one`, 3_000)).toEqual([{ one: 1 }] as never)
    } finally {
      for (const pid of stopped) process.kill(pid, 'SIGCONT')
    }
  })

  test('a statement that runs too long is ended by the server itself', async () => {
    const [row] = await fresh.db.sql`SHOW statement_timeout`
    expect(row?.statement_timeout).toBe('15s')
  })

  test('a server that is not there yet is store_unavailable until it comes', async () => {
    const nowhere = connect({ databaseUrl: 'postgres://postgres@127.0.0.1:1/none', clock: systemClock })
    const error = await findKey(nowhere, newId()).catch((reason: unknown) => reason)
    expect((error as GatewayError).code).toBe('store_unavailable')
    await nowhere.close()
  })

  test('a fault of ours is not taken for one of the server', async () => {
    const { db } = fresh
    const error = await db.ask(db.sql`SELEC 1`, 1_000).catch((reason: unknown) => reason)
    expect(error).not.toBeInstanceOf(GatewayError)
    expect(String(error)).toContain('syntax error')
  })
})
