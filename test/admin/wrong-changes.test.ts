import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { hashKey } from '../../src/auth/key-format'
import { describeDatabases } from '../postgres'
import { type Management, startManagement } from './start-management'

setDefaultTimeout(30_000)

type Wrong = [body: string | object, code: string, param: string | null]

const LIMIT = 'budget.limit_usd'
/** What no change of a tenant or a key can say. */
const CHANGES: Wrong[] = [
  [{ name: null }, 'invalid_type', 'name'],
  [{ name: 7 }, 'invalid_type', 'name'],
  [{ name: '' }, 'invalid_value', 'name'],
  [{ name: 'x'.repeat(101) }, 'invalid_value', 'name'],
  [{ name: 'a\u202eb' }, 'invalid_value', 'name'],
  [{ name: '\u2800\u3164' }, 'invalid_value', 'name'],
  [{ id: 'mine' }, 'unknown_parameter', 'id'],
  [{ created_at: '2026-01-01T00:00:00Z' }, 'unknown_parameter', 'created_at'],
  [{ tenant_id: null }, 'unknown_parameter', 'tenant_id'],
  [{ version: 9 }, 'unknown_parameter', 'version'],
  [{ deleted_at: null }, 'unknown_parameter', 'deleted_at'],
  [{ limit: { rpm: 5 } }, 'unknown_parameter', 'limit'],
  [{ limits: 60 }, 'invalid_type', 'limits'],
  [{ limits: [] }, 'invalid_type', 'limits'],
  [{ limits: { rpd: 5 } }, 'unknown_parameter', 'limits.rpd'],
  [{ limits: { rpm: 60, RPM: 60 } }, 'unknown_parameter', 'limits.RPM'],
  [{ limits: { rpm: 0 } }, 'invalid_value', 'limits.rpm'],
  [{ limits: { tpm: -1 } }, 'invalid_value', 'limits.tpm'],
  [{ limits: { tpm: 1_000_000_001 } }, 'invalid_value', 'limits.tpm'],
  [{ limits: { concurrency: 1.5 } }, 'invalid_type', 'limits.concurrency'],
  [{ limits: { concurrency: '3' } }, 'invalid_type', 'limits.concurrency'],
  [{ budget: '10/month' }, 'invalid_type', 'budget'],
  [{ budget: [] }, 'invalid_type', 'budget'],
  [{ budget: { limit_usd: 10, period: 'month' } }, 'invalid_type', LIMIT],
  [{ budget: { limit_usd: null, period: 'month' } }, 'invalid_type', LIMIT],
  [{ budget: { limit_usd: '-1', period: 'month' } }, 'invalid_value', LIMIT],
  [{ budget: { limit_usd: '-0.000000000001', period: 'month' } }, 'invalid_value', LIMIT],
  [{ budget: { limit_usd: '0.0000000000001', period: 'month' } }, 'invalid_value', LIMIT],
  [{ budget: { limit_usd: '10.1234567890123', period: 'month' } }, 'invalid_value', LIMIT],
  [{ budget: { limit_usd: '1000000000000000', period: 'month' } }, 'invalid_value', LIMIT],
  [{ budget: { limit_usd: '1e3', period: 'month' } }, 'invalid_value', LIMIT],
  [{ budget: { limit_usd: '1' } }, 'missing_required_parameter', 'budget.period'],
  [{ budget: { period: 'day' } }, 'missing_required_parameter', LIMIT],
  [{ budget: { limit_usd: '1', period: 'year' } }, 'invalid_value', 'budget.period'],
  [{ budget: { limit_usd: '1', period: 'day', spent_usd: '0' } }, 'unknown_parameter', 'budget.spent_usd'],
  ['{"__proto__":{"name":"b"}}', 'unknown_parameter', '__proto__'],
  ['{"name":"b","name":"c"}', 'duplicate_key', 'name'],
  ['{"budget":{"limit_usd":"1","limit_usd":"100","period":"day"}}', 'duplicate_key', LIMIT],
  ['{"limits":{"rpm":1,"rpm":null}}', 'duplicate_key', 'limits.rpm'],
  ['{"name":', 'invalid_json', null],
  ['["name"]', 'invalid_json', null],
  ['', 'invalid_json', null],
]

const GRACE = 'grace_seconds'
const ROTATIONS: Wrong[] = [
  [{ [GRACE]: -1 }, 'invalid_value', GRACE],
  [{ [GRACE]: 30 * 86_400 + 1 }, 'invalid_value', GRACE],
  [{ [GRACE]: 1e300 }, 'invalid_value', GRACE],
  ['{"grace_seconds":1e999}', 'invalid_type', GRACE],
  [{ [GRACE]: 0.5 }, 'invalid_type', GRACE],
  [{ [GRACE]: '60' }, 'invalid_type', GRACE],
  [{ [GRACE]: null }, 'invalid_type', GRACE],
  [{ [GRACE]: [60] }, 'invalid_type', GRACE],
  [{ grace: 60 }, 'unknown_parameter', 'grace'],
  [{ key: 'cm_live_of_my_own' }, 'unknown_parameter', 'key'],
  [{ [GRACE]: 60, scopes: ['llm'] }, 'unknown_parameter', 'scopes'],
  ['{"grace_seconds":60,"grace_seconds":0}', 'duplicate_key', GRACE],
  ['{"grace_seconds":', 'invalid_json', null],
  ['60', 'invalid_json', null],
]

describeDatabases('a change that is wrong', kind => {
  let management: Management
  let tenant: string
  let made: { id: string; key: string }
  const ask = (...args: Parameters<Management['ask']>) => management.ask(...args)

  beforeAll(async () => {
    management = await startManagement(kind)
    const terms = { limits: { rpm: 60 }, budget: { limit_usd: '10', period: 'month' } }
    tenant = (await ask('POST', '/api/v1/tenants', { name: 'acme', ...terms })).json.id
    made = (await ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k', ...terms })).json
  })
  afterAll(() => management.stop())

  /** Everything that a change could have changed, and what was noted of changes. */
  const world = async () => ({
    tenant: (await ask('GET', `/api/v1/tenants/${tenant}`)).json,
    keys: (await ask('GET', `/api/v1/keys?tenant_id=${tenant}`)).json,
    noted: (await ask('GET', `/api/v1/audit/management?tenant_id=${tenant}`)).json,
    known: management.deps.keyring.known(hashKey(made.key)),
  })

  async function refuses(method: string, path: string, wrongs: Wrong[]) {
    const before = await world()
    expect(before.noted.data).not.toBeEmpty()
    for (const [body, code, param] of wrongs) {
      const { status, json } = await ask(method, path, body)
      expect({ body, status, json }).toMatchObject({
        body,
        status: 400,
        json: { error: { type: 'invalid_request_error', code, param } },
      })
    }
    expect(await world()).toEqual(before)
  }
  /** Beside what would have been right: nothing of it is done. */
  const amongRight = (right: object, wrongs: Wrong[]): Wrong[] =>
    wrongs.flatMap(([body, ...said]): Wrong[] =>
      typeof body === 'string' ? [] : [[{ ...right, ...body }, ...said]],
    )
  const RIGHT = { name: 'other', limits: { rpm: 1 }, budget: null }

  for (const [of, pathOf] of [
    ['a tenant', () => `/api/v1/tenants/${tenant}`],
    ['a key', () => `/api/v1/keys/${made.id}`],
  ] as const) {
    test(`of ${of} is a 400 that names the field, and changes nothing`, () =>
      refuses('PATCH', pathOf(), CHANGES))
    test(`of ${of} is no change in part: what stands beside it in the body is not done either`, () =>
      refuses('PATCH', pathOf(), amongRight(RIGHT, CHANGES)))
  }

  test('of a key’s secret is a 400 that names the field, and leaves the secret as it is', async () => {
    const path = `/api/v1/keys/${made.id}/rotate`
    await refuses('POST', path, ROTATIONS)
    await refuses('POST', path, amongRight({ [GRACE]: 60 }, ROTATIONS))
    expect(management.deps.keyring.known(hashKey(made.key))?.keyId).toBe(made.id)
  })

  test('is told from a right one: the same bodies without what is wrong in them are done', async () => {
    const changed = { name: 'other', limits: { rpm: 1, tpm: null, concurrency: null }, budget: null }
    for (const path of [`/api/v1/tenants/${tenant}`, `/api/v1/keys/${made.id}`])
      expect(await ask('PATCH', path, RIGHT)).toMatchObject({ status: 200, json: changed })
    const rotated = await ask('POST', `/api/v1/keys/${made.id}/rotate`, { [GRACE]: 60 })
    expect(rotated).toMatchObject({ status: 200, json: { old_secret_until: expect.any(String) } })
  })
})
