import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
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
      expect(performance.now() - start).toBeLessThan(900)
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
