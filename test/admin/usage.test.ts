import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newId } from '../../src/lib/id'
import { auditRow, storeAudit, usage } from '../db/rows'
import { describeDatabases } from '../postgres'
import { type Management, startManagement } from './start-management'

describeDatabases('usage', kind => {
  let management: Management
  const tenant = newId()
  const ask = async (query: string) => (await management.ask('GET', `/api/v1/usage?${query}`)).json.data

  beforeAll(async () => {
    management = await startManagement(kind)
    const day = (date: number, change: object) =>
      auditRow({ tenantId: tenant, createdAt: Date.UTC(2026, 10, date, 23, 59, 59, 999), ...change })
    await storeAudit(management.fresh.db, [
      day(20, { model: 'small', costPicoUsd: 1n, ttftMs: 100 }),
      day(20, { model: 'small', costPicoUsd: 2n, ttftMs: 300 }),
      day(21, { model: 'large', costPicoUsd: 3_000_000_000_000n, ttftMs: null }),
      day(22, { model: null, vendor: null, usage: null, costPicoUsd: 0n, ttftMs: null, outcome: 'rejected' }),
    ])
  })
  afterAll(() => management.stop())

  test('without a group there is one sum of everything', async () => {
    const [sum, ...others] = await ask('')
    expect(others).toEqual([])
    expect(sum).toMatchObject({
      requests: 4,
      input_tokens: 3 * usage.inputTokens,
      audio_seconds: 3 * usage.audioSeconds,
      cost_usd: '3.000000000003',
      ttft_ms_p50: 200,
    })
    expect(sum).not.toHaveProperty('model')
  })

  test('splits by any list of fields, each under its own name', async () => {
    const sums = await ask('group_by=day,model,key,tenant,vendor&to=2026-11-22T00:00:00Z')
    expect(sums).toHaveLength(2)
    expect(sums[0]).toMatchObject({
      day: '2026-11-20',
      model: 'small',
      key: auditRow().keyId,
      tenant,
      vendor: 'acme',
      requests: 2,
      cost_usd: '0.000000000003',
      ttft_ms_p50: 200,
      ttft_ms_p95: 290,
      duration_ms_p50: 1893,
    })
    expect(sums[1]).toMatchObject({ day: '2026-11-21', requests: 1, cost_usd: '3', ttft_ms_p50: null })
    const vendors = (await ask('group_by=vendor')).map((sum: { vendor: string | null }) => sum.vendor)
    expect(vendors).toEqual(['acme', null])
  })

  test('figures that are usually 0 are left out where they are', async () => {
    const [sum] = await ask('outcome=rejected')
    expect(sum).toMatchObject({ requests: 1, input_tokens: 0, reasoning_tokens: 0, cost_usd: '0' })
    expect(sum).not.toHaveProperty('images')
  })

  test('splits by callers’ users where they are kept, the cost of each too', async () => {
    management.deps.keepsNotes = true
    try {
      const tenantId = newId()
      const said = (user: string, costPicoUsd: bigint) => auditRow({ tenantId, notes: { user }, costPicoUsd })
      await storeAudit(management.fresh.db, [
        said('ann', 1n),
        said('ann', 2n),
        said('bob', 5n),
        auditRow({ tenantId }),
      ])
      const sums = await ask(`group_by=user&tenant_id=${tenantId}`)
      expect(
        sums.map(({ user, requests, cost_usd }: Record<string, unknown>) => [user, requests, cost_usd]),
      ).toEqual([
        ['ann', 2, '0.000000000003'],
        ['bob', 1, '0.000000000005'],
        [null, 1, expect.any(String)],
      ])
    } finally {
      management.deps.keepsNotes = false
    }
  })

  test('narrows down, and refuses what is no field', async () => {
    expect(await ask(`tenant_id=${newId()}&group_by=day`)).toEqual([])
    expect(await ask('tenant_id=x')).toEqual([])
    for (const [query, param] of [
      ['group_by=user', 'group_by'],
      ['group_by=', 'group_by'],
      ['group_by=day,,model', 'group_by'],
      ['group_by=day;drop%20table', 'group_by'],
      ['from=now', 'from'],
      ['from=0000-01-01T00:00:00Z', 'from'],
      ['from=2026-11-20T00:00:00Z&to=2026-11-19T23:59:59Z', 'to'],
    ])
      expect(await management.ask('GET', `/api/v1/usage?${query}`)).toMatchObject({
        status: 400,
        json: { error: { code: 'invalid_value', param } },
      })
  })
})
