import { afterAll, beforeAll, expect, test } from 'bun:test'
import { findAudit, listAudit } from '../../src/db/audit'
import { newId } from '../../src/lib/id'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { auditRow, storeAudit, usage } from './rows'

describeDatabases('audit records', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  test('come back as they were written', async () => {
    const row = auditRow()
    expect(await storeAudit(fresh.db, [row])).toBe(1)
    expect(await findAudit(fresh.db, row.requestId)).toEqual(row)
  })

  test('T90 keep what is null, and figures beyond a double', async () => {
    const row = auditRow({
      model: null,
      vendor: null,
      usage: null,
      usageSource: null,
      priceVersion: null,
      ttftMs: null,
      errorCode: 'model_not_found',
      finishReason: null,
      outcome: 'rejected',
      attempts: [],
      costPicoUsd: 123_456_789_012_345_678_901_234_567n,
    })
    await storeAudit(fresh.db, [row])
    expect(await findAudit(fresh.db, row.requestId)).toEqual(row)
    const largest = auditRow({ usage: { ...usage, inputTokens: Number.MAX_SAFE_INTEGER } })
    await storeAudit(fresh.db, [largest])
    expect((await findAudit(fresh.db, largest.requestId))?.usage?.inputTokens).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('are written once, however often they are sent', async () => {
    const rows = [auditRow(), auditRow()]
    expect(await storeAudit(fresh.db, rows)).toBe(2)
    expect(await storeAudit(fresh.db, [...rows, auditRow()])).toBe(1)
    expect(await storeAudit(fresh.db, [])).toBe(0)
  })

  test('take any text: quotes, commas, NUL, half surrogates', async () => {
    const hostile = 'a"b\\c,{}\n\t NULL \0 \ud800 \u{1f600} é'
    const row = auditRow({
      modelRequested: hostile,
      errorCode: 'NULL',
      finishReason: '',
      attempts: [
        { vendor: 'acme', model: hostile, status: null, durationMs: 1, vendorRequestId: '\\u0000 \0' },
      ],
    })
    expect(await storeAudit(fresh.db, [row, auditRow()])).toBe(2)
    const found = await findAudit(fresh.db, row.requestId)
    const stored = hostile.replace('\0', '\ufffd').replace('\ud800', '\ufffd')
    expect(found?.modelRequested).toBe(stored)
    expect(found?.errorCode).toBe('NULL')
    expect(found?.finishReason).toBe('')
    expect(found?.attempts[0]?.model).toBe(stored)
    expect(found?.attempts[0]?.vendorRequestId).toBe('\\u0000 \ufffd')
  })

  test('take figures that are no counts without losing the batch', async () => {
    const row = auditRow({
      usage: { ...usage, inputTokens: 1.5, outputTokens: Number.NaN, audioSeconds: Number.POSITIVE_INFINITY },
      durationMs: Number.NaN,
    })
    expect(await storeAudit(fresh.db, [row, auditRow()])).toBe(2)
    const found = await findAudit(fresh.db, row.requestId)
    expect(found?.usage).toMatchObject({ inputTokens: 2, outputTokens: 0, audioSeconds: 0 })
  })

  test('are found by their tenant alone', async () => {
    const row = auditRow()
    await storeAudit(fresh.db, [row])
    expect(await findAudit(fresh.db, row.requestId, row.tenantId)).toEqual(row)
    expect(await findAudit(fresh.db, row.requestId, newId())).toBeUndefined()
    expect(await findAudit(fresh.db, newId())).toBeUndefined()
  })

  test('are listed newest first, page by page, by every filter', async () => {
    const [tenantId, keyId] = [newId(), newId()]
    const rows = Array.from({ length: 25 }, (_, index) =>
      auditRow({
        tenantId,
        keyId: index % 5 === 0 ? keyId : newId(),
        model: index % 2 === 0 ? 'even' : 'odd',
        outcome: index % 3 === 0 ? 'error' : 'ok',
        createdAt: 1_800_000_000_000 + index * 1_000,
      }),
    )
    await storeAudit(fresh.db, rows)
    const ids = (some: { requestId: string }[]) => some.map(row => row.requestId)
    const newest = rows.toReversed()

    const first = await listAudit(fresh.db, { tenantId, limit: 10 })
    const second = await listAudit(fresh.db, { tenantId, limit: 100, before: first.at(-1)!.requestId })
    expect(ids([...first, ...second])).toEqual(ids(newest))
    expect(ids(await listAudit(fresh.db, { keyId, limit: 100 }))).toEqual(
      ids(newest.filter(row => row.keyId === keyId)),
    )
    expect(ids(await listAudit(fresh.db, { tenantId, model: 'odd', outcome: 'error', limit: 100 }))).toEqual(
      ids(newest.filter(row => row.model === 'odd' && row.outcome === 'error')),
    )
    const span = { tenantId, from: 1_800_000_003_000, to: 1_800_000_006_000, limit: 100 }
    expect(ids(await listAudit(fresh.db, span))).toEqual(ids(rows.slice(3, 6).toReversed()))
  })

  test('are written 500 at a time by many writers at once', async () => {
    const tenantId = newId()
    const batches = Array.from({ length: 8 }, () => Array.from({ length: 500 }, () => auditRow({ tenantId })))
    const written = await Promise.all(batches.map(batch => storeAudit(fresh.db, batch)))
    expect(written).toEqual(batches.map(() => 500))
    const [row] = await fresh.db.sql`SELECT count(*)::int AS count FROM audit WHERE tenant_id = ${tenantId}`
    expect(row?.count).toBe(4_000)
  })
})
