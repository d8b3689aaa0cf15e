import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import postgres from 'postgres'
import { type Change, pruneChanges, readChanges, startCursor } from '../../src/db/changes'
import { followChanges } from '../../src/db/follow-changes'
import { insertTenant } from '../../src/db/tenants'
import { systemClock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import {
  describeDatabases,
  type FreshDatabase,
  freshDatabase,
  hasRealServer,
  hasThrowawayServer,
  realServer,
} from '../postgres'

const makeTenant = async ({ db }: FreshDatabase) => {
  const id = newId()
  await insertTenant(db, { id, name: 'acme', createdAt: Date.now() })
  return id
}

async function until(condition: () => boolean, timeoutMs = 20_000): Promise<number> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > timeoutMs) throw new Error('it did not happen')
    await Bun.sleep(5)
  }
  return performance.now() - start
}

/** A machine that is busy may miss a deadline; nothing else may go wrong. */
const busy = (error: unknown) => void expect(error).toMatchObject({ code: 'store_unavailable' })

describeDatabases('changes', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  test('are read from the cursor on, and not again once read', async () => {
    await makeTenant(fresh)
    const start = await startCursor(fresh.db)
    const [first, second] = [await makeTenant(fresh), await makeTenant(fresh)]
    const batch = await readChanges(fresh.db, start)
    expect(batch.changes).toEqual([
      { kind: 'tenant', ref: first },
      { kind: 'tenant', ref: second },
    ])
    expect(batch).toMatchObject({ more: false, rewound: false })
    expect((await readChanges(fresh.db, batch.cursor)).changes).toEqual([])
  })

  test('are read a thousand at a time', async () => {
    let cursor = await startCursor(fresh.db)
    await fresh.db
      .sql`INSERT INTO change (kind, ref) SELECT 'key', gen_random_uuid() FROM generate_series(1, 2500)`
    const sizes: number[] = []
    for (let more = true; more; ) {
      const batch = await readChanges(fresh.db, cursor)
      sizes.push(batch.changes.length)
      ;({ cursor, more } = batch)
    }
    expect(sizes).toEqual([1_000, 1_000, 500])
    expect((await readChanges(fresh.db, cursor)).changes).toEqual([])
  })

  test('a server that counts from further back is noticed', async () => {
    const cursor = await startCursor(fresh.db)
    const ahead = { ...cursor, xid: String(BigInt(cursor.xid) + 1_000n) }
    const batch = await readChanges(fresh.db, ahead)
    expect(batch.rewound).toBe(true)
    const ref = await makeTenant(fresh)
    expect((await readChanges(fresh.db, batch.cursor)).changes).toContainEqual({ kind: 'tenant', ref })
  })

  test('old ones are deleted', async () => {
    await makeTenant(fresh)
    await pruneChanges(fresh.db)
    const [kept] = await fresh.db.sql`SELECT count(*)::int AS count FROM change`
    expect(kept?.count).toBeGreaterThan(0)
    await fresh.db.sql`UPDATE change SET created_at = now() - interval '25 hours'`
    await pruneChanges(fresh.db)
    const [left] = await fresh.db.sql`SELECT count(*)::int AS count FROM change`
    expect(left?.count).toBe(0)
  })

  test('a follower starts with a reset, then tells each change within a second', async () => {
    const seen: Change[] = []
    const told: { date: number; tripMs: number; heardAt: number }[] = []
    let resets = 0
    const follower = followChanges(fresh.db, {
      clock: systemClock,
      onChange: changes => void seen.push(...changes),
      onReset: () => void resets++,
      onDate: (date, tripMs) => void told.push({ date, tripMs, heardAt: Date.now() }),
      onError: busy,
    })
    await until(() => resets === 1)
    const waits: number[] = []
    for (let round = 0; round < 3; round++) {
      const ref = await makeTenant(fresh)
      waits.push(await until(() => seen.some(change => change.ref === ref)))
    }
    // The best of three, each begun right after a look: the machine may be busy with other things.
    expect(Math.min(...waits)).toBeLessThan(1_000)
    await follower.stop()
    const before = seen.length
    await makeTenant(fresh)
    await Bun.sleep(700)
    expect(seen.length).toBe(before)
    expect(resets).toBe(1)
    // Each look hears what time it is: here of a database on the same machine, whose embedded one counts whole milliseconds.
    expect(told.length).toBeGreaterThan(3)
    for (const { date, tripMs, heardAt } of told) {
      expect(date).toBeGreaterThan(heardAt - tripMs - 2)
      expect(date).toBeLessThan(heardAt + 2)
    }
  })

  test('a callback that fails is called again with the same changes', async () => {
    const cursor = await startCursor(fresh.db)
    const ref = await makeTenant(fresh)
    const errors: unknown[] = []
    const seen: string[] = []
    const follower = followChanges(fresh.db, {
      clock: systemClock,
      cursor,
      everyMs: 20,
      onChange: changes => {
        if (errors.length === 0) throw new Error('not now')
        seen.push(...changes.map(change => change.ref))
      },
      onReset: () => {},
      onError: error => void errors.push(error),
    })
    await until(() => seen.includes(ref))
    await follower.stop()
    expect(errors).toHaveLength(1)
  })

  test('a follower that was away for half a day starts anew', async () => {
    let now = 0
    let resets = 0
    const follower = followChanges(fresh.db, {
      clock: { now: () => now },
      everyMs: 20,
      onChange: () => {},
      onReset: () => void resets++,
      onError: busy,
    })
    await until(() => resets === 1)
    await Bun.sleep(60)
    now += 13 * 3_600_000
    await until(() => resets === 2)
    await follower.stop()
  })
})

describe.skipIf(!hasThrowawayServer)('a follower of a server that crashes', () => {
  test('sees changes again, and is woken again, once it is back', async () => {
    const server = (await realServer())!
    const fresh = await freshDatabase('real')
    const seen: string[] = []
    let errors = 0
    const follower = followChanges(fresh.db, {
      clock: systemClock,
      everyMs: 1_500,
      onChange: changes => void seen.push(...changes.map(change => change.ref)),
      onReset: () => {},
      onError: () => void errors++,
    })
    const created = async () => {
      const ref = await makeTenant(fresh)
      return until(() => seen.includes(ref))
    }
    await created()
    const [row] = await fresh.db.sql`SELECT pg_backend_pid() AS pid`
    server.crash(Number(row?.pid))
    await Bun.sleep(3_200)
    const waits = [await created(), await created(), await created()]
    expect(Math.min(...waits)).toBeLessThan(1_000)
    await follower.stop()
    await fresh.close()
    // It sleeps for most of the 5 s that a test has; a busy machine needs the rest.
  }, 15_000)
})

describe.skipIf(!hasRealServer)('changes (real only)', () => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase('real')
  })
  afterAll(() => fresh.close())

  test('none is missed when transactions commit out of order', async () => {
    const slow = postgres(fresh.url!, { max: 1 })
    let cursor = await startCursor(fresh.db)
    const seen: string[] = []
    const read = async () => {
      const batch = await readChanges(fresh.db, cursor)
      cursor = batch.cursor
      seen.push(...batch.changes.map(change => change.ref))
    }
    const early = newId()
    let late = ''
    await slow.begin(async transaction => {
      await transaction`INSERT INTO change (kind, ref) VALUES ('key', ${early})`
      late = await makeTenant(fresh)
      await read()
      expect(seen).toContain(late)
      expect(seen).not.toContain(early)
    })
    await read()
    expect(seen).toContain(early)
    await read()
    const count = seen.length
    await read()
    expect(seen.length).toBe(count)
    await slow.end()
  })

  test('who says where it has read to, and of which history, reads nothing anew unless that is another one', async () => {
    for (const [of, expected] of [
      ['first', 0],
      ['another', 1],
    ] as const) {
      let resets = 0
      const seen: string[] = []
      const cursor = await startCursor(fresh.db)
      const ref = await makeTenant(fresh)
      const follower = followChanges(fresh.db, {
        clock: systemClock,
        everyMs: 20,
        cursor,
        of,
        identity: async () => 'first',
        onChange: changes => void seen.push(...changes.map(change => change.ref)),
        onReset: () => void resets++,
        onError: busy,
      })
      const later = await makeTenant(fresh)
      await until(() => seen.includes(later))
      expect([of, resets]).toEqual([of, expected])
      // What is read anew has the earlier one already.
      if (expected === 0) expect(seen).toContain(ref)
      await follower.stop()
    }
  })

  test('a server that another one took over from is read anew, however far that has counted', async () => {
    let history = 'first'
    let isAway = false
    let resets = 0
    let errors = 0
    let looks = 0
    const db = {
      ...fresh.db,
      ask: ((query, ms) =>
        isAway ? Promise.reject(new Error('away')) : fresh.db.ask(query, ms)) as typeof fresh.db.ask,
    }
    const follower = followChanges(db, {
      clock: systemClock,
      everyMs: 20,
      identity: async () => history,
      onChange: () => {},
      onReset: () => void resets++,
      onDate: () => void looks++,
      onError: () => void errors++,
    })
    await until(() => resets === 1)
    const lookAgain = () => {
      const before = looks
      return until(() => looks > before)
    }
    const fail = async () => {
      const before = errors
      isAway = true
      await until(() => errors > before)
      isAway = false
    }
    // The same server that was away for a moment has lost nothing.
    await fail()
    await lookAgain()
    expect(resets).toBe(1)
    await fail()
    history = 'promoted'
    await until(() => resets === 2)
    await fail()
    await lookAgain()
    expect(resets).toBe(2)
    await follower.stop()
  })

  test('a notification wakes the follower long before it would look', async () => {
    const seen: string[] = []
    let resets = 0
    const follower = followChanges(fresh.db, {
      clock: systemClock,
      everyMs: 60_000,
      onChange: changes => void seen.push(...changes.map(change => change.ref)),
      onReset: () => void resets++,
      onError: busy,
    })
    await until(() => resets === 1)
    await Bun.sleep(200)
    const ref = await makeTenant(fresh)
    expect(await until(() => seen.includes(ref))).toBeLessThan(10_000)
    await follower.stop()
  })
})
