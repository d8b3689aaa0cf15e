import { afterAll, beforeAll, expect, test } from 'bun:test'
import { aggregateUsage } from '../../src/db/usage'
import { newId } from '../../src/lib/id'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { auditRow, storeAudit, usage } from './rows'

const DAY = 86_400_000
const MIDNIGHT = Date.UTC(2026, 10, 22)

describeDatabases('sums of usage', kind => {
  let fresh: FreshDatabase
  const tenantId = newId()
  const other = newId()

  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    const rows = Array.from({ length: 100 }, (_, index) =>
      auditRow({
        tenantId: index < 90 ? tenantId : other,
        createdAt: MIDNIGHT + (index % 2 === 0 ? -1 : 0),
        model: index % 4 === 0 ? null : 'm',
        usage: index % 4 === 0 ? null : usage,
        costPicoUsd: 10n ** 20n + 1n,
        ttftMs: index % 4 === 0 ? null : index,
        durationMs: index,
      }),
    )
    await storeAudit(fresh.db, rows)
  })
  afterAll(() => fresh.close())

  test('one row without groups, exact beyond doubles', async () => {
    const [sum, ...rest] = await aggregateUsage(fresh.db, { groupBy: [], tenantId })
    expect(rest).toEqual([])
    expect(sum).toMatchObject({
      requests: 90,
      inputTokens: 812n * 67n,
      cacheWrite1hTokens: 2n * 67n,
      images: 9n * 67n,
      audioSeconds: 1.5 * 67,
      costPicoUsd: 90n * (10n ** 20n + 1n),
      durationMsP50: 44.5,
      durationMsP95: 84.55,
    })
    expect(sum).not.toHaveProperty('model')
  })

  test('groups are combined, days are UTC, a missing model is its own group', async () => {
    const sums = await aggregateUsage(fresh.db, { groupBy: ['model', 'day', 'model'], tenantId })
    expect(sums.map(({ day, model, requests }) => [day, model, requests])).toEqual([
      ['2026-11-21', 'm', 22],
      ['2026-11-21', null, 23],
      ['2026-11-22', 'm', 45],
    ])
    expect(sums.map(sum => sum.ttftMsP50)).toEqual([44, null, 45])
  })

  test('the span is from its start to before its end', async () => {
    const [sum] = await aggregateUsage(fresh.db, {
      groupBy: [],
      tenantId,
      from: MIDNIGHT,
      to: MIDNIGHT + DAY,
    })
    expect(sum?.requests).toBe(45)
    const none = await aggregateUsage(fresh.db, {
      groupBy: ['tenant', 'key', 'vendor'],
      from: MIDNIGHT + DAY,
    })
    expect(none).toEqual([])
  })

  test('no records sum to nothing', async () => {
    const [sum] = await aggregateUsage(fresh.db, { groupBy: [], tenantId: newId() })
    expect(sum).toMatchObject({ requests: 0, inputTokens: 0n, costPicoUsd: 0n, ttftMsP50: null })
  })

  test('tenants are told apart', async () => {
    const sums = await aggregateUsage(fresh.db, { groupBy: ['tenant'] })
    expect(new Map(sums.map(sum => [sum.tenant, sum.requests]))).toEqual(
      new Map([
        [tenantId, 90],
        [other, 10],
      ]),
    )
  })
})
