import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { findAudit, listAudit } from '../../src/db/audit'
import { openPurses } from '../../src/db/budget-open'
import { readSpending } from '../../src/db/budget-spent'
import { connect } from '../../src/db/client'
import { correctRecord } from '../../src/db/correct-record'
import { dropPartitionsBefore, ensurePartitions } from '../../src/db/partitions'
import { systemClock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import { spanOf } from '../../src/lib/period'
import { describeDatabases, type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { auditRow, storeAudit } from './rows'

const NOVEMBER = Date.UTC(2031, 10, 1)
const DECEMBER = Date.UTC(2031, 11, 1)
const FEBRUARY = Date.UTC(2032, 1, 1)
const idAt = (ms: number) => Bun.randomUUIDv7('hex', ms)
const NAMES = ['2031_11', '2031_12', '2032_01'].flatMap(month => [`audit_${month}`, `ledger_${month}`])

describeDatabases('partitions', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  // The embedded server is shared by the tests of this process.
  afterEach(() => dropPartitionsBefore(fresh.db, Date.UTC(2100, 0)))
  afterAll(() => fresh.close())

  /** Which table each request lies in. */
  const placesOf = async (table: 'ledger' | 'audit', ids: string[]) => {
    const rows = await fresh.db.sql`
      SELECT tableoid::regclass::text AS place, request_id FROM ${fresh.db.sql(table)}
      WHERE request_id IN ${fresh.db.sql(ids)} ORDER BY request_id`
    return rows.map(row => row.place)
  }

  test('are made for this month and the next two, once', async () => {
    expect((await ensurePartitions(fresh.db, NOVEMBER)).sort()).toEqual(NAMES.toSorted())
    expect(await ensurePartitions(fresh.db, DECEMBER - 1)).toEqual([])
    expect((await ensurePartitions(fresh.db, DECEMBER)).sort()).toEqual(['audit_2032_02', 'ledger_2032_02'])
  })

  test('a request lies in the month of its id, from the first millisecond to the last', async () => {
    await ensurePartitions(fresh.db, NOVEMBER)
    const ids = [NOVEMBER - 1, NOVEMBER, DECEMBER - 1, DECEMBER, FEBRUARY - 1, FEBRUARY].map(idAt)
    await storeAudit(
      fresh.db,
      ids.map(requestId => auditRow({ requestId })),
    )
    const months = ['default', '2031_11', '2031_11', '2031_12', '2032_01', 'default']
    expect(await placesOf('audit', ids)).toEqual(months.map(month => `audit_${month}`))
    expect(await placesOf('ledger', ids)).toEqual(months.map(month => `ledger_${month}`))
  })

  test('a missing partition refuses no row (F37), and is made around the rows that came before it', async () => {
    const tenantId = newId()
    const moments = [NOVEMBER, NOVEMBER + 1_000, DECEMBER - 1, DECEMBER, FEBRUARY]
    const rows = moments.map(ms => auditRow({ tenantId, requestId: idAt(ms) }))
    expect(await storeAudit(fresh.db, rows)).toBe(5)
    await ensurePartitions(fresh.db, NOVEMBER)
    const ids = rows.map(row => row.requestId)
    const months = ['2031_11', '2031_11', '2031_11', '2031_12', 'default']
    expect(await placesOf('audit', ids)).toEqual(months.map(month => `audit_${month}`))
    expect(await placesOf('ledger', ids)).toEqual(months.map(month => `ledger_${month}`))
    expect(await listAudit(fresh.db, { tenantId, limit: 10 })).toEqual(rows.toReversed())
  })

  test('a replay across a partition’s edge, or its making, counts nothing twice (F38)', async () => {
    const tenantId = newId()
    const rows = [DECEMBER - 1, DECEMBER].map(ms =>
      auditRow({ tenantId, requestId: idAt(ms), createdAt: ms }),
    )
    expect(await storeAudit(fresh.db, rows)).toBe(2)
    await ensurePartitions(fresh.db, NOVEMBER)
    const replayed = rows.map(row => ({ ...row, createdAt: row.createdAt + 2 }))
    expect(await storeAudit(fresh.db, replayed)).toBe(0)
    const [sum] = await fresh.db.sql`SELECT count(*)::int AS lines FROM ledger WHERE tenant_id = ${tenantId}`
    expect(sum?.lines).toBe(2)
  })

  test('old months are dropped, whole, wherever their rows lie', async () => {
    await ensurePartitions(fresh.db, NOVEMBER)
    const rows = [NOVEMBER - 1, NOVEMBER, DECEMBER - 1, DECEMBER].map(ms => auditRow({ requestId: idAt(ms) }))
    await storeAudit(fresh.db, rows)
    expect(await dropPartitionsBefore(fresh.db, DECEMBER - 1)).toEqual([])
    const left = async () => Promise.all(rows.map(row => findAudit(fresh.db, row.requestId)))
    expect(await left()).toEqual([undefined, ...rows.slice(1)])
    expect(await dropPartitionsBefore(fresh.db, DECEMBER + 5)).toEqual(['audit_2031_11', 'ledger_2031_11'])
    expect(await left()).toEqual([undefined, undefined, undefined, rows[3]])
    expect(await dropPartitionsBefore(fresh.db, DECEMBER + 5)).toEqual([])
    expect((await ensurePartitions(fresh.db, NOVEMBER)).sort()).toEqual(['audit_2031_11', 'ledger_2031_11'])
  })

  test('every partition has the indexes and the checks of its table', async () => {
    await ensurePartitions(fresh.db, NOVEMBER)
    const shapes = await fresh.db.sql`
      SELECT child.relname AS name,
        (SELECT count(*) FROM pg_index WHERE indrelid = child.oid AND indisvalid)::int AS indexes,
        (SELECT count(*) FROM pg_constraint WHERE conrelid = child.oid AND contype = 'c')::int AS checks,
        (SELECT count(*) FROM pg_index JOIN pg_inherits AS part ON part.inhrelid = indexrelid WHERE indrelid = child.oid)::int AS attached
      FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
      WHERE inhparent IN ('ledger'::regclass, 'audit'::regclass)`
    expect(shapes).toHaveLength(8)
    for (const { name, indexes, checks, attached } of shapes) {
      const expected = name.startsWith('ledger') ? [2, 3, 2] : [5, 0, 5]
      expect([name, indexes, checks, attached]).toEqual([name, ...expected])
    }
  })
})

describe.skipIf(!hasRealServer)('partitions of a real server', () => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase('real')
  })
  afterAll(() => fresh.close())

  test('are made by several processes at once, under load, without a row lost or an error', async () => {
    const tenantId = newId()
    const processes = Array.from({ length: 4 }, () =>
      connect({ databaseUrl: fresh.url!, clock: systemClock }),
    )
    let made = false
    let written = 0
    const load = Array.from({ length: 3 }, async (_, index) => {
      while (!made) {
        const rows = Array.from({ length: 50 }, () =>
          auditRow({ tenantId, requestId: idAt(NOVEMBER + index) }),
        )
        const count = await storeAudit(fresh.db, rows)
        written += count
        await listAudit(fresh.db, { tenantId, limit: 5 })
      }
    })
    await Bun.sleep(200)
    const names = await Promise.all(processes.map(db => ensurePartitions(db, NOVEMBER)))
    made = true
    await Promise.all(load)
    expect(names.flat().sort()).toEqual(NAMES.toSorted())
    const [row] = await fresh.db.sql`
      SELECT (SELECT count(*) FROM audit WHERE tenant_id = ${tenantId})::int AS audit,
        (SELECT count(*) FROM ledger_2031_11 WHERE tenant_id = ${tenantId})::int AS ledger,
        (SELECT count(*) FROM ledger_default)::int AS rest`
    expect(row).toEqual({ audit: written, ledger: written, rest: 0 } as never)
    await Promise.all(processes.map(db => db.close()))
  })

  /** Begins it while the partition of that month, in whose place the row lies, is being made. */
  const meet = async <T>(table: 'audit' | 'ledger', month: number, begin: () => Promise<T>): Promise<T> => {
    const { db } = fresh
    const waiters = async (count: number) => {
      for (let waiting = 0; waiting !== count; await Bun.sleep(5)) {
        const rows =
          await db.sql`SELECT FROM pg_locks WHERE NOT granted AND relation = ${`${table}_default`}::regclass`
        waiting = rows.length
      }
    }
    let making: Promise<string[]> | undefined
    let begun: Promise<T> | undefined
    await db.sql.begin(async sql => {
      await sql.unsafe(`LOCK TABLE ${table}_default IN SHARE UPDATE EXCLUSIVE MODE`)
      making = ensurePartitions(db, month)
      await waiters(1)
      begun = begin()
      await waiters(2)
    })
    await making
    return begun!
  }

  test('a record that was on its way into the rest when its partition was made lies in that, alone as it was', async () => {
    const { db } = fresh
    const row = auditRow({ requestId: idAt(Date.UTC(2034, 5)) })
    const dead: string[] = []
    const storing = () => storeAudit(db, [row], { onDeadLetter: reason => void dead.push(reason) })
    expect([await meet('audit', Date.UTC(2034, 5), storing), dead]).toEqual([1, []])
    const [place] =
      await db.sql`SELECT tableoid::regclass::text AS name FROM audit WHERE request_id = ${row.requestId}`
    expect(place?.name).toBe('audit_2034_06')
  })

  test('a sum of what is booked has the rows that are being moved meanwhile', async () => {
    const { db } = fresh
    const [MAY, AUGUST] = [Date.UTC(2035, 4), Date.UTC(2035, 7)]
    const tenantId = newId()
    const [first, second] = [MAY, AUGUST].map(ms =>
      auditRow({ tenantId, requestId: idAt(ms), createdAt: ms }),
    )
    await storeAudit(db, [first!, second!])
    const purse = { tenantId, scopeId: tenantId, period: 'month' as const, ...spanOf('month', MAY) }
    await meet('ledger', MAY, () => openPurses(db, [purse]))
    expect((await readSpending(db, [purse]))[0]?.spentPicoUsd).toBe(first!.costPicoUsd)
    const { requestId, costPicoUsd } = second!
    const correction = { requestId, costPicoUsd: costPicoUsd + 1n }
    expect(await meet('ledger', AUGUST, () => correctRecord(db, correction, 'admin'))).toBeUndefined()
    expect((await findAudit(db, requestId))?.costPicoUsd).toBe(costPicoUsd + 1n)
  })

  test('wait for a long sum without holding up those who come after it', async () => {
    const { db } = fresh
    const sum = db.sql.begin(async sql => {
      await sql`SELECT count(*) FROM ledger`
      await Bun.sleep(2_500)
    })
    await Bun.sleep(100)
    const making = ensurePartitions(db, Date.UTC(2033, 0))
    const waits: number[] = []
    for (let round = 0; round < 15; round++) {
      const start = performance.now()
      await storeAudit(db, [auditRow({ requestId: idAt(Date.UTC(2040, 0)) })])
      waits.push(performance.now() - start)
      await Bun.sleep(100)
    }
    expect(await making).toHaveLength(6)
    await sum
    expect(Math.max(...waits)).toBeLessThan(2_000)
  })
})
