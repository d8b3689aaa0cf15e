import { afterAll, beforeAll, expect, test } from 'bun:test'
import { hashKey } from '../../src/auth/key-format'
import { takeTurns } from '../../src/db/budget-turn'
import { newId } from '../../src/lib/id'
import { spanOf } from '../../src/lib/period'
import { auditRow, storeAudit } from '../db/rows'
import { describeDatabases } from '../postgres'
import { type Management, NOW, startManagement } from './start-management'

const PICO = 1_000_000_000_000n

describeDatabases('budgets of keys and tenants', kind => {
  let management: Management
  let tenant: string
  const ask = (...args: Parameters<Management['ask']>) => management.ask(...args)
  const make = (budget: unknown, maker?: string) =>
    ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k', scopes: ['keys:write'], budget }, maker)
  const spend = (keyId: string, usd: bigint, createdAt = NOW) =>
    storeAudit(management.fresh.db, [
      auditRow({ tenantId: tenant, keyId, createdAt, costPicoUsd: usd * PICO, requestId: newId() }),
    ])

  beforeAll(async () => {
    management = await startManagement(kind)
    tenant = (await ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
  })
  afterAll(() => management.stop())

  test('a key has the budget that it was made with, and that memory counts by', async () => {
    const { status, json } = await make({ limit_usd: '10.50', period: 'month' })
    expect(status).toBe(201)
    const budget = {
      limit_usd: '10.5',
      spent_usd: '0',
      reserved_usd: '0',
      period: 'month',
      resets_at: '2026-12-01T00:00:00.000Z',
    }
    expect(json.budget).toEqual(budget)
    expect((await ask('GET', `/api/v1/keys/${json.id}`)).json.budget).toEqual(budget)
    const list = (await ask('GET', `/api/v1/keys?tenant_id=${tenant}`)).json.data
    expect(list.find(({ id }: { id: string }) => id === json.id).budget).toEqual(budget)
    expect(management.deps.keyring.known(hashKey(json.key))?.budget).toEqual({
      limitPicoUsd: 10_500_000_000_000n,
      period: 'month',
    })
  })

  test('a change exchanges a budget whole or takes it away, and leaves it where it is not named', async () => {
    const { id } = (await make({ limit_usd: '1', period: 'day' })).json
    const path = `/api/v1/keys/${id}`
    const change = async (body: object) => (await ask('PATCH', path, body)).json.budget
    expect(await change({ name: 'other' })).toMatchObject({ limit_usd: '1', period: 'day' })
    expect(await change({ budget: { limit_usd: '7', period: 'total' } })).toMatchObject({
      limit_usd: '7',
      period: 'total',
      resets_at: null,
    })
    expect(await change({ budget: null })).toBeNull()
  })

  test('periods are those of the calendar in UTC, weeks from Monday', async () => {
    for (const [period, resets_at] of [
      ['day', '2026-11-23T00:00:00.000Z'],
      ['week', '2026-11-23T00:00:00.000Z'],
      ['month', '2026-12-01T00:00:00.000Z'],
      ['total', null],
    ] as const)
      expect((await make({ limit_usd: '1', period })).json.budget).toMatchObject({ period, resets_at })
  })

  test('what was spent before the budget counts in its period, and goes on counting', async () => {
    const { id } = (await make(null)).json
    await spend(id, 3n)
    await spend(id, 40n, NOW - 40 * 86_400_000)
    const path = `/api/v1/keys/${id}`
    const set = async (period: string) =>
      (await ask('PATCH', path, { budget: { limit_usd: '100', period } })).json.budget.spent_usd
    // The old record's id is of today, as one is whose time was put back: it is found by its time.
    expect(await set('month')).toBe('3')
    expect(await set('total')).toBe('43')
    await spend(id, 2n)
    expect(await set('month')).toBe('5')
    expect(await set('total')).toBe('45')
  })

  test('what requests in flight hold is reserved; an idle lease is not', async () => {
    const { id } = (await make({ limit_usd: '10', period: 'total' })).json
    const purse = { tenantId: tenant, scopeId: id, period: 'total', ...spanOf('total', NOW) } as const
    const turn = {
      purse,
      leaseId: newId(),
      turn: 1,
      closes: false,
      givePicoUsd: 0n,
      leastPicoUsd: 0n,
      needPicoUsd: 4n * PICO,
      wantPicoUsd: 4n * PICO,
      usedPicoUsd: PICO / 4n,
    }
    await takeTurns(management.fresh.db, newId(), [turn])
    expect((await ask('GET', `/api/v1/keys/${id}`)).json.budget.reserved_usd).toBe('0.25')
  })

  test('a tenant has a budget too', async () => {
    const { id, budget } = (
      await ask('POST', '/api/v1/tenants', { name: 't', budget: { limit_usd: '0', period: 'week' } })
    ).json
    expect(budget).toMatchObject({ limit_usd: '0', spent_usd: '0', period: 'week' })
    const path = `/api/v1/tenants/${id}`
    const changed = (await ask('PATCH', path, { budget: { limit_usd: '5', period: 'day' } })).json
    expect(changed).toMatchObject({ name: 't', budget: { limit_usd: '5', period: 'day' } })
    expect((await ask('GET', path)).json).toEqual(changed)
    const list = (await ask('GET', '/api/v1/tenants')).json.data
    expect(list).toContainEqual(changed)
    expect((await ask('PATCH', path, { budget: null })).json.budget).toBeNull()
  })

  test('what is no budget is a 400 that names the field', async () => {
    const LIMIT = 'budget.limit_usd'
    for (const [budget, code, param] of [
      [{ limit_usd: 10, period: 'month' }, 'invalid_type', LIMIT],
      [{ limit_usd: 0.1, period: 'month' }, 'invalid_type', LIMIT],
      [{ limit_usd: null, period: 'month' }, 'invalid_type', LIMIT],
      [{ limit_usd: '', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '-1', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '+1', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '$10', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '10 USD', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '1e3', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '1,50', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '1_000', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: ' 1', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '.5', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: 'NaN', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '0.0000000000001', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '1000000000000000', period: 'month' }, 'invalid_value', LIMIT],
      [{ limit_usd: '1', period: 'year' }, 'invalid_value', 'budget.period'],
      [{ limit_usd: '1', period: 'Month' }, 'invalid_value', 'budget.period'],
      [{ limit_usd: '1', period: 30 }, 'invalid_type', 'budget.period'],
      [{ limit_usd: '1' }, 'missing_required_parameter', 'budget.period'],
      [{ period: 'day' }, 'missing_required_parameter', LIMIT],
      [{ limit_usd: '1', period: 'day', spent_usd: '0' }, 'unknown_parameter', 'budget.spent_usd'],
      ['10/month', 'invalid_type', 'budget'],
      [10, 'invalid_type', 'budget'],
      [[], 'invalid_type', 'budget'],
    ] as const) {
      const wrong = { budget, status: 400, json: { error: { code, param } } }
      expect({ budget, ...(await make(budget)) }).toMatchObject(wrong)
      expect({ budget, ...(await ask('POST', '/api/v1/tenants', { name: 't', budget })) }).toMatchObject(
        wrong,
      )
    }
  })

  test('T75 a key gives no larger budget than it has: the same if nothing is said, never another’s', async () => {
    const { key, id } = (await make({ limit_usd: '10', period: 'week' })).json
    expect((await make(undefined, key)).json.budget).toMatchObject({ limit_usd: '10', period: 'week' })
    expect((await make({ limit_usd: '10', period: 'month' }, key)).status).toBe(201)
    for (const budget of [
      null,
      { limit_usd: '10.000000000001', period: 'week' },
      { limit_usd: '10', period: 'day' },
    ]) {
      const wrong = { status: 403, json: { error: { code: 'scope_not_allowed', param: 'budget' } } }
      expect(await make(budget, key)).toMatchObject(wrong)
      expect(await ask('PATCH', `/api/v1/keys/${id}`, { budget }, key)).toMatchObject(wrong)
    }
  })

  test('T76 what was spent is nobody’s to write', async () => {
    const { id } = (await make({ limit_usd: '1', period: 'total' })).json
    for (const field of ['spent', 'spent_usd', 'reserved_usd', 'leased_pico_usd'])
      expect(await ask('PATCH', `/api/v1/keys/${id}`, { [field]: '0' })).toMatchObject({
        status: 400,
        json: { error: { code: 'unknown_parameter', param: field } },
      })
  })
})
