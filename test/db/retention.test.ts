import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { findAudit } from '../../src/db/audit'
import { monthBefore } from '../../src/db/month'
import { dropPartitionsBefore, ensurePartitions } from '../../src/db/partitions'
import { dropOldMonths } from '../../src/db/retention'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { auditRow, storeAudit } from './rows'

const idAt = (ms: number) => Bun.randomUUIDv7('hex', ms)

describeDatabases('retention', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterEach(() => dropPartitionsBefore(fresh.db, Date.UTC(2100, 0)))
  afterAll(() => fresh.close())

  test('drops whole months, partitions and rows beside them, and keeps so many before this one', async () => {
    const months = [0, 1, 2, 3].map(count => monthBefore(Date.now(), count))
    await ensurePartitions(fresh.db, months[2]!.startMs)
    const rows = months.map(({ startMs }) => auditRow({ requestId: idAt(startMs) }))
    await storeAudit(fresh.db, rows)
    expect(await dropOldMonths(fresh.db, undefined)).toEqual([])
    expect(await dropOldMonths(fresh.db, 1)).toEqual([
      `audit_${months[2]!.name}`,
      `ledger_${months[2]!.name}`,
    ])
    const kept = await Promise.all(rows.map(({ requestId }) => findAudit(fresh.db, requestId)))
    expect(kept.map(row => row !== undefined)).toEqual([true, true, false, false])
    expect(await dropOldMonths(fresh.db, 1)).toEqual([])
  })
})

test('a month before January is last year’s', () => {
  expect(monthBefore(Date.UTC(2031, 0, 15), 1)).toMatchObject({
    name: '2030_12',
    startMs: Date.UTC(2030, 11),
  })
})
