import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { auditPage, findAudit, listAudit } from '../../src/db/audit'
import type { LedgerQuantities, LedgerRow } from '../../src/db/ledger-row'
import { ensurePartitions } from '../../src/db/partitions'
import { aggregateUsage } from '../../src/db/usage'
import { newId } from '../../src/lib/id'
import type { UsageRecord } from '../../src/usage/record'
import { describeDatabases, type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { appendLines } from './append-lines'
import { auditRow, storeAudit, usage } from './rows'

const NOTHING: LedgerQuantities = {
  input: 0,
  cachedInput: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
  imageInput: 0,
  imageOutput: 0,
  audioMs: 0,
  characters: 0,
  images: 0,
}

const correction = (record: UsageRecord, change: Partial<LedgerRow> = {}): LedgerRow => ({
  tenantId: record.tenantId,
  requestId: record.requestId,
  line: 1,
  kind: 'adjustment',
  keyId: record.keyId,
  createdAt: record.createdAt,
  bookedAt: record.createdAt + 40 * 86_400_000,
  endpoint: record.endpoint,
  model: record.model,
  vendor: record.vendor,
  priceVersion: record.priceVersion,
  source: 'vendor',
  quantities: { ...NOTHING, output: -14, cachedInput: -512, input: 12, audioMs: -500 },
  costPicoUsd: -18_000_000n,
  ...change,
})

describeDatabases('lines of the ledger', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  test('correct their request: figures and cost are the sum, everything else is the request’s', async () => {
    const record = auditRow({ usageSource: 'tokenizer' })
    await storeAudit(fresh.db, [record, auditRow()])
    const lines = [
      correction(record),
      correction(record, {
        line: 2,
        kind: 'overrun',
        quantities: { ...NOTHING, output: 3 },
        costPicoUsd: 7n,
      }),
    ]
    expect(await appendLines(fresh.db, lines)).toBe(2)
    expect(await findAudit(fresh.db, record.requestId)).toEqual({
      ...record,
      usage: {
        ...usage,
        inputTokens: 812 - 500,
        cachedInputTokens: 0,
        outputTokens: 64 - 11,
        audioSeconds: 1,
      },
      costPicoUsd: 1_500_000_007n,
    })
  })

  test('are there once, by their number', async () => {
    const record = auditRow()
    await storeAudit(fresh.db, [record])
    expect(await appendLines(fresh.db, [correction(record)])).toBe(1)
    expect(await appendLines(fresh.db, [correction(record, { costPicoUsd: -1n })])).toBe(0)
    expect(await appendLines(fresh.db, [correction(record, { line: 0 })])).toBe(0)
    expect(await appendLines(fresh.db, [])).toBe(0)
    expect((await findAudit(fresh.db, record.requestId))?.costPicoUsd).toBe(1_500_000_000n)
  })

  test('only an adjustment may take away', async () => {
    const record = auditRow()
    await storeAudit(fresh.db, [record])
    const free = { quantities: NOTHING, costPicoUsd: 0n }
    for (const change of [
      { ...free, kind: 'overrun', costPicoUsd: -1n },
      { ...free, kind: 'usage', quantities: { ...NOTHING, images: -1 } },
      { ...free, kind: 'estimated', quantities: { ...NOTHING, input: 5, reasoning: -1 } },
      { ...free, kind: 'other' },
      { ...free, line: -1 },
    ] as Partial<LedgerRow>[])
      await expect(appendLines(fresh.db, [correction(record, change)])).rejects.toThrow('ledger_')
  })

  test('count in the sums of their request’s day, and neither request nor time counts twice', async () => {
    const tenantId = newId()
    const records = [10, 20, 30].map(durationMs =>
      auditRow({ tenantId, durationMs, ttftMs: durationMs / 10 }),
    )
    await storeAudit(fresh.db, records)
    const lines = records
      .slice(0, 2)
      .flatMap(record => [
        correction(record),
        correction(record, { line: 2, quantities: { ...NOTHING, reasoning: 5 }, costPicoUsd: 1n }),
      ])
    await appendLines(fresh.db, lines)
    const [sum, ...others] = await aggregateUsage(fresh.db, { tenantId, groupBy: ['day', 'model', 'key'] })
    expect(others).toEqual([])
    expect(sum).toMatchObject({
      day: '2026-11-22',
      requests: 3,
      inputTokens: 3n * 812n - 2n * 500n,
      cachedInputTokens: 512n,
      outputTokens: 3n * 64n - 2n * 9n,
      reasoningTokens: 9n + 10n,
      audioSeconds: 3.5,
      costPicoUsd: 3n * 1_518_000_000n - 36_000_000n + 2n,
      ttftMsP50: 2,
      durationMsP50: 20,
    })
  })

  test('are summed by their request’s outcome', async () => {
    const tenantId = newId()
    const [ok, cancelled] = [auditRow({ tenantId }), auditRow({ tenantId, outcome: 'cancelled' })]
    await storeAudit(fresh.db, [ok, cancelled])
    await appendLines(fresh.db, [correction(cancelled)])
    const sums = await Promise.all(
      (['ok', 'cancelled', 'error'] as const).map(async outcome => {
        const [sum] = await aggregateUsage(fresh.db, { tenantId, outcome, groupBy: [] })
        return [sum?.requests, sum?.costPicoUsd]
      }),
    )
    expect(sums).toEqual([
      [1, 1_518_000_000n],
      [1, 1_500_000_000n],
      [0, 0n],
    ])
  })

  test('count even where their request’s audit is not, as what a vendor billed unasked', async () => {
    const record = auditRow({ tenantId: newId() })
    await appendLines(fresh.db, [
      correction(record, { costPicoUsd: 5n, quantities: { ...NOTHING, output: 2 } }),
    ])
    const [sum] = await aggregateUsage(fresh.db, { tenantId: record.tenantId, groupBy: ['vendor'] })
    expect(sum).toMatchObject({
      vendor: 'acme',
      requests: 0,
      outputTokens: 2n,
      costPicoUsd: 5n,
      durationMsP50: null,
    })
  })
})

describe.skipIf(!hasRealServer)('lists over many partitions', () => {
  let fresh: FreshDatabase
  const months = [9, 10, 11].map(month => Date.UTC(2030, month))
  const tenants = Array.from({ length: 20 }, newId)
  const keys = Array.from({ length: 100 }, newId)
  const records = months.flatMap(startMs =>
    Array.from({ length: 4_000 }, (_, index) =>
      auditRow({
        requestId: Bun.randomUUIDv7('hex', startMs + index * 1_000),
        tenantId: tenants[index % 20]!,
        keyId: keys[index % 100]!,
        createdAt: startMs + index * 1_000,
      }),
    ),
  )
  beforeAll(async () => {
    fresh = await freshDatabase('real')
    await ensurePartitions(fresh.db, months[0]!)
    await storeAudit(fresh.db, records)
    await fresh.db.sql`ANALYZE`
  })
  afterAll(() => fresh.close())

  /** Every node of a plan. */
  type Node = {
    'Node Type': string
    Plans?: Node[]
    'Index Name'?: string
    'Actual Rows'?: number
    'Rows Removed by Filter'?: number
    'Actual Loops'?: number
  }
  const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
  const plan = async (filter: Parameters<typeof auditPage>[1]) => {
    const { sql, params } = auditPage(fresh.db, filter).toSQL()
    const rows = await fresh.db.sql.unsafe(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, params as string[])
    return nodesOf(rows[0]?.['QUERY PLAN'][0].Plan)
  }

  test('are read from an index, newest first, without a sort or a whole table', async () => {
    const before = records[6_000]!.requestId
    const [tenantId, keyId] = [tenants[3], keys[3]]
    for (const filter of [{}, { before }, { tenantId }, { tenantId, before }, { keyId }, { keyId, before }]) {
      const nodes = await plan({ ...filter, limit: 20 })
      const scans = nodes.filter(
        node => node['Node Type'].includes('Scan') && node['Node Type'] !== 'Subquery Scan',
      )
      // An empty table, the rest's, is as quick to read whole.
      const whole = scans.filter(node => !node['Node Type'].includes('Index'))
      expect(whole.filter(node => node['Actual Rows'] || node['Rows Removed by Filter'])).toEqual([])
      expect(nodes.filter(node => node['Node Type'] === 'Sort' && (node['Actual Rows'] ?? 0) > 1)).toEqual([])
      // One or two pages of rows, not a partition's worth.
      expect(Math.max(...scans.map(node => node['Actual Rows'] ?? 0))).toBeLessThanOrEqual(21)
    }
  })

  test('go on from one partition into the one before it', async () => {
    const tenantId = tenants[3]!
    const own = records.filter(record => record.tenantId === tenantId).map(record => record.requestId)
    const found: string[] = []
    for (let before: string | undefined; found.length < own.length; before = found.at(-1)) {
      const page = await listAudit(fresh.db, { tenantId, limit: 90, before })
      found.push(...page.map(row => row.requestId))
    }
    expect(found).toEqual(own.toReversed())
  })
})
