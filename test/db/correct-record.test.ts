import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { classesOf } from '../../src/catalog/quantities'
import { findAudit } from '../../src/db/audit'
import { openPurses } from '../../src/db/budget-open'
import { readSpending } from '../../src/db/budget-spent'
import type { Purse } from '../../src/db/budget-sql'
import { type Correction, correctRecord } from '../../src/db/correct-record'
import { insertKey } from '../../src/db/keys'
import { listChanges } from '../../src/db/management-log'
import { insertTenant } from '../../src/db/tenants'
import { aggregateUsage } from '../../src/db/usage'
import { newId } from '../../src/lib/id'
import { spanOf } from '../../src/lib/period'
import type { UsageRecord } from '../../src/usage/record'
import { NO_USAGE } from '../../src/wire/usage'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { auditRow, keyRow, storeAudit } from './rows'

const NOW = Date.UTC(2026, 10, 22, 10)
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
    SELECT line, kind, source, cost_pico_usd AS cost, input, output, booked_at IS NOT NULL AS is_later, price_version
    FROM ledger WHERE tenant_id = ${record.tenantId} AND request_id = ${record.requestId} ORDER BY line`
  const spent = async () => (await readSpending(fresh.db, purses)).map(({ spentPicoUsd }) => spentPicoUsd)
  const noted = async () =>
    (await listChanges(fresh.db, { targetId: record.requestId, limit: 10 })).rows.map(
      ({ by, action, before, after, tenantId }) => ({ by, action, before, after, tenantId }),
    )

  test('costs what the bill says, dearer or cheaper, and its own line stays as it was', async () => {
    const [own] = await lines()
    expect(await correct({ costPicoUsd: 2_000_000_000n })).toBe(true)
    expect((await found())?.costPicoUsd).toBe(2_000_000_000n)
    expect(await correct({ costPicoUsd: 7n })).toBe(true)
    expect(await found()).toMatchObject({ costPicoUsd: 7n, usage: record.usage!, usageSource: 'estimated' })
    const [first, ...others] = await lines()
    expect(first).toEqual(own!)
    const line = { kind: 'adjustment', source: 'vendor', is_later: true, price_version: null, input: null }
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
    const change = { before: { cost_usd: '0.001518', output: 49 }, after: { cost_usd: '1.25', output: 30 } }
    const { tenantId } = record
    expect(await noted()).toEqual([{ by: 'admin', action: 'request.correct', tenantId, ...change }])
  })

  test('the same again changes nothing, and is not noted', async () => {
    const change = { costPicoUsd: 5n, quantities: { ...NOTHING, output: 30 } }
    for (const again of [change, change, { costPicoUsd: 5n }]) expect(await correct(again)).toBe(true)
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

  test('one that cost nothing has no line of its own, and gets its first correction as line 1', async () => {
    const free = auditRow({
      ...{ tenantId: record.tenantId, keyId: record.keyId, usage: null, usageSource: null, costPicoUsd: 0n },
      priceVersion: null,
    })
    await storeAudit(fresh.db, [free])
    record = free
    expect(await lines()).toHaveLength(0)
    await correct({ costPicoUsd: 3n })
    expect(await lines()).toMatchObject([{ line: 1, cost: '3' }])
    expect((await found())?.costPicoUsd).toBe(3n)
  })

  test('what is not on record cannot be corrected', async () => {
    expect(await correct({ costPicoUsd: 1n }, newId())).toBe(false)
  })
})
