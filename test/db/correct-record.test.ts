import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { classesOf } from '../../src/catalog/quantities'
import { findAudit } from '../../src/db/audit'
import { openPurses } from '../../src/db/budget-open'
import { readSpending } from '../../src/db/budget-spent'
import type { Purse } from '../../src/db/budget-sql'
import { type Correction, correctRecord } from '../../src/db/correct-record'
import { insertKey } from '../../src/db/keys'
import { listChanges } from '../../src/db/management-log'
import { ensurePartitions } from '../../src/db/partitions'
import { insertTenant } from '../../src/db/tenants'
import { aggregateUsage } from '../../src/db/usage'
import { newId } from '../../src/lib/id'
import { spanOf } from '../../src/lib/period'
import type { UsageLine, UsageRecord } from '../../src/usage/record'
import { sumOfLines } from '../../src/usage/usage-lines'
import { NO_USAGE } from '../../src/wire/usage'
import { describeDatabases, type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { auditRow, keyRow, storeAudit } from './rows'

/** Neither the month of the machine's clock nor a moment that rounding leaves in its own. */
const NOW = Date.UTC(2025, 2, 31, 23, 59, 59, 999)
const NOTHING = {
  ...{ input: 0, cachedInput: 0, cacheWrite: 0, cacheWrite1h: 0, output: 0, reasoning: 0, audioInput: 0 },
  ...{ audioOutput: 0, imageInput: 0, imageOutput: 0, audioMs: 0, characters: 0, images: 0 },
}

describeDatabases('a request that is corrected by its vendor’s bill', kind => {
  let fresh: FreshDatabase
  let record: UsageRecord
  let purses: Purse[]
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())
  beforeEach(async () => {
    const tenantId = newId()
    await insertTenant(fresh.db, { id: tenantId, name: 'acme', createdAt: NOW })
    const key = keyRow(tenantId)
    await insertKey(fresh.db, key)
    const row = auditRow({ tenantId, keyId: key.id, createdAt: NOW, usageSource: 'estimated' })
    record = row
    await storeAudit(fresh.db, [row, auditRow({ tenantId, keyId: key.id, createdAt: NOW })])
    purses = [key.id, tenantId].map(scopeId => ({
      ...{ tenantId, scopeId, period: 'month' as const },
      ...spanOf('month', NOW),
    }))
    await openPurses(fresh.db, purses)
  })

  const correct = (change: Omit<Correction, 'requestId'>, requestId = record.requestId) =>
    correctRecord(fresh.db, { requestId, ...change }, 'admin')
  const found = () => findAudit(fresh.db, record.requestId)
  const quantities = () => classesOf(record.usage ?? NO_USAGE)
  const lines = () => fresh.db.sql`
    SELECT line, kind, source, cost_pico_usd AS cost, input, output, booked_at > now() - interval '1 minute' AS is_booked_now,
      price_version, created_at
    FROM ledger WHERE tenant_id = ${record.tenantId} AND request_id = ${record.requestId} ORDER BY line`
  const spent = async () => (await readSpending(fresh.db, purses)).map(({ spentPicoUsd }) => spentPicoUsd)
  const noted = async () =>
    (await listChanges(fresh.db, { targetId: record.requestId, limit: 10 })).rows.map(
      ({ by, action, before, after, tenantId }) => ({ by, action, before, after, tenantId }),
    )

  test('costs what the bill says, dearer or cheaper, and its own line stays as it was', async () => {
    const [own] = await lines()
    expect(await correct({ costPicoUsd: 2_000_000_000n })).toBeUndefined()
    expect((await found())?.costPicoUsd).toBe(2_000_000_000n)
    expect(await correct({ costPicoUsd: 7n })).toBeUndefined()
    expect(await found()).toMatchObject({ costPicoUsd: 7n, usage: record.usage!, usageSource: 'estimated' })
    const [first, ...others] = await lines()
    expect(first).toEqual(own!)
    const line = {
      kind: 'adjustment',
      source: 'vendor',
      is_booked_now: true,
      created_at: NOW,
      price_version: null,
      input: null,
    }
    expect(others).toMatchObject([
      { ...line, line: 1, cost: '482000000', output: null },
      { ...line, line: 2, cost: '-1999999993', output: null },
    ])
  })

  test('used what the bill says, in all sums', async () => {
    await correct({ costPicoUsd: 5n, quantities: { ...NOTHING, input: 100, cachedInput: 20, output: 30 } })
    expect(await found()).toMatchObject({
      costPicoUsd: 5n,
      usage: { inputTokens: 120, cachedInputTokens: 20, outputTokens: 30, reasoningTokens: 0, images: 0 },
    })
    const [sum] = await aggregateUsage(fresh.db, { tenantId: record.tenantId, groupBy: ['model', 'vendor'] })
    expect(sum).toMatchObject({
      ...{ requests: 2, model: record.model, vendor: record.vendor },
      costPicoUsd: 5n + record.costPicoUsd,
      outputTokens: 30n + BigInt(record.usage!.outputTokens),
    })
  })

  test('counts in the budgets of its own time', async () => {
    const both = 2n * record.costPicoUsd
    expect(await spent()).toEqual([both, both])
    await correct({ costPicoUsd: record.costPicoUsd + 9n })
    expect(await spent()).toEqual([both + 9n, both + 9n])
    await correct({ costPicoUsd: 0n })
    expect(await spent()).toEqual([record.costPicoUsd, record.costPicoUsd])
    // A purse that is opened later counts the same.
    const [key] = purses
    const total: Purse = { ...key!, period: 'total', ...spanOf('total', NOW) }
    await openPurses(fresh.db, [total])
    expect((await readSpending(fresh.db, [total]))[0]?.spentPicoUsd).toBe(record.costPicoUsd)
  })

  test('leaves budgets as the documented check wants them', async () => {
    const docs = await Bun.file('docs/budgets.md').text()
    const check = /```sql\n([^`]+)```/.exec(docs)?.[1] ?? ''
    const wrong = async () =>
      (await fresh.db.sql.unsafe(check)).filter(row => row.tenant_id === record.tenantId)
    await correct({ costPicoUsd: 2_000_000_000n })
    expect(await wrong()).toEqual([])
    await fresh.db
      .sql`UPDATE budget_purse SET spent_pico_usd = spent_pico_usd - 1 WHERE scope_id = ${record.keyId}`
    expect(await wrong()).toMatchObject([{ scope_id: record.keyId, period: 'month' }])
  })

  test('is noted, with what was and what is', async () => {
    await correct({ costPicoUsd: 1_250_000_000_000n, quantities: { ...quantities(), output: 30 } })
    const about = { by: 'admin', action: 'request.correct' as const, tenantId: record.tenantId }
    const change = {
      before: { vendor: 'acme', cost_usd: '0.001518', ledger: { output: 49 } },
      after: { vendor: 'acme', cost_usd: '1.25', ledger: { output: 30 } },
    }
    expect(await noted()).toEqual([{ ...about, ...change }])
    await correct({ costPicoUsd: 0n })
    expect((await noted())[0]?.after).toEqual({ vendor: 'acme', cost_usd: '0' })
  })

  test('the same again changes nothing, and is not noted', async () => {
    const change = { costPicoUsd: 5n, quantities: { ...NOTHING, output: 30 } }
    for (const again of [change, change, { costPicoUsd: 5n }]) expect(await correct(again)).toBeUndefined()
    expect(await lines()).toHaveLength(2)
    expect(await noted()).toHaveLength(1)
  })

  test('corrections at the same time follow one another', async () => {
    const costs = [1n, 2n, 3n, 4n, 5n]
    await Promise.all(costs.map(costPicoUsd => correct({ costPicoUsd })))
    const left = (await found())!.costPicoUsd
    expect(costs).toContain(left)
    expect(await lines()).toHaveLength(6)
    expect(await spent()).toEqual([left + record.costPicoUsd, left + record.costPicoUsd])
  })

  test('figures alone can be what was wrong', async () => {
    await correct({ costPicoUsd: record.costPicoUsd, quantities: { ...quantities(), output: 48 } })
    const outputTokens = record.usage!.outputTokens - 1
    expect(await found()).toMatchObject({ costPicoUsd: record.costPicoUsd, usage: { outputTokens } })
  })

  test('one that was free has no figures but those of its correction', async () => {
    await ensurePartitions(fresh.db, Date.now())
    const free = auditRow({
      ...{ tenantId: record.tenantId, keyId: record.keyId, usage: null, usageSource: null, costPicoUsd: 0n },
      priceVersion: null,
    })
    await storeAudit(fresh.db, [free])
    record = free
    expect(await lines()).toHaveLength(0)
    await correct({ costPicoUsd: 3n })
    expect(await lines()).toMatchObject([{ line: 1, cost: '3' }])
    expect(await found()).toMatchObject({ costPicoUsd: 3n, usage: null, usageSource: null })
    await correct({ costPicoUsd: 3n, quantities: { ...NOTHING, input: 7 } })
    expect(await found()).toMatchObject({ costPicoUsd: 3n, usage: { inputTokens: 7 }, usageSource: 'vendor' })
  })

  test('one that several vendors may bill is corrected by the bill of each', async () => {
    const line = (attempt: number, costPicoUsd: bigint): UsageLine => ({
      ...{ attempt, costPicoUsd, vendor: `v${attempt}`, model: `m${attempt}`, priceVersion: 'p' },
      ...{ source: 'tokenizer', usage: { ...NO_USAGE, inputTokens: 10 } },
    })
    const both = [line(0, 5n), line(2, 7n)]
    const attempts = [0, 1, 2].map(index => ({
      ...record.attempts[0]!,
      ...{ vendor: `v${index}`, model: `m${index}` },
    }))
    const { tenantId, keyId } = record
    const about = { tenantId, keyId, createdAt: NOW, attempts, vendor: 'v2', model: 'm2' }
    record = { ...auditRow(about), ...sumOfLines(both), lines: both }
    await storeAudit(fresh.db, [record])
    const vendors = ['v0', 'v1', 'v2']
    const sums = async () =>
      (await aggregateUsage(fresh.db, { tenantId, groupBy: ['vendor', 'model'] }))
        .filter(({ vendor }) => vendor !== 'acme')
        .map(({ vendor, model, costPicoUsd, inputTokens }) => [vendor, model, costPicoUsd, inputTokens])
        .toSorted()
    const refused = { reason: 'vendors', vendors: expect.any(Array) }
    for (const vendor of [undefined, 'acme']) {
      const answer = await correct({ costPicoUsd: 1n, vendor })
      expect(answer).toEqual(refused as never)
      expect((answer as { vendors: string[] }).vendors.toSorted()).toEqual(vendors)
    }
    await correct({ costPicoUsd: 0n, vendor: 'v0', quantities: NOTHING })
    await correct({ costPicoUsd: 9n, vendor: 'v2' })
    await correct({ costPicoUsd: 4n, vendor: 'v1', quantities: { ...NOTHING, input: 3 } })
    expect(await sums()).toEqual([
      ['v0', 'm0', 0n, 0n],
      ['v1', 'm1', 4n, 3n],
      ['v2', 'm2', 9n, 10n],
    ])
    expect((await found())?.costPicoUsd).toBe(13n)
    expect((await lines()).map(({ line }) => line)).toEqual([0, 1, 2, 3, 4])
  })

  test('where its month of the ledger was dropped nothing can be booked a second time', async () => {
    const old = auditRow({ tenantId: record.tenantId, requestId: Bun.randomUUIDv7('hex', Date.UTC(2019, 5)) })
    await storeAudit(fresh.db, [old])
    record = old
    await fresh.db.sql`DELETE FROM ledger WHERE request_id = ${old.requestId}`
    expect(await correct({ costPicoUsd: old.costPicoUsd })).toEqual({ reason: 'dropped' })
    expect(await lines()).toHaveLength(0)
  })

  test('what is not on record cannot be corrected', async () => {
    expect(await correct({ costPicoUsd: 1n }, newId())).toEqual({ reason: 'missing' })
  })
})

describe.skipIf(!hasRealServer)('a correction at a real server', () => {
  test('that waits for the management log holds nobody else up', async () => {
    const fresh = await freshDatabase('real')
    const { db } = fresh
    const row = auditRow({ tenantId: newId() })
    await storeAudit(db, [row])
    let corrected: Promise<unknown> | undefined
    await db.sql.begin(async sql => {
      // As a tenant does whose many keys are being revoked.
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${row.tenantId}, ${0x6d67}))`
      corrected = correctRecord(db, { requestId: row.requestId, costPicoUsd: 1n }, 'admin')
      for (let waiting = 0; waiting === 0; await Bun.sleep(5)) {
        const [found] =
          await sql`SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
        waiting = found?.count
      }
      const other = { tenantId: newId(), scopeId: newId(), period: 'day' as const, ...spanOf('day', NOW) }
      await openPurses(db, [other])
      await storeAudit(db, [auditRow(), auditRow({ tenantId: row.tenantId })])
    })
    expect(await corrected).toBeUndefined()
    await fresh.close()
  })
})
