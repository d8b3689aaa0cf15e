import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Management, startManagement } from './start-management'

let management: Management
beforeAll(async () => {
  management = await startManagement()
})
afterAll(() => management.stop())

const TENANT = '01920000-0000-7000-8000-000000000001'

test('a wrong body is a 400 that names the field, in the envelope of every error', async () => {
  for (const [path, body, code, param] of [
    ['tenants', {}, 'missing_required_parameter', 'name'],
    ['tenants', { name: null }, 'invalid_type', 'name'],
    ['tenants', { name: 7 }, 'invalid_type', 'name'],
    ['tenants', { name: [] }, 'invalid_type', 'name'],
    ['tenants', { name: '' }, 'invalid_value', 'name'],
    ['tenants', { name: '   ' }, 'invalid_value', 'name'],
    ['tenants', { name: 'x'.repeat(101) }, 'invalid_value', 'name'],
    ['tenants', { name: 'a\nb' }, 'invalid_value', 'name'],
    ['tenants', { name: 'a\u0000b' }, 'invalid_value', 'name'],
    ['tenants', { name: 'a\u202eb' }, 'invalid_value', 'name'],
    ['tenants', '{"name":"\\ud800"}', 'invalid_value', 'name'],
    // Nothing would be seen of these.
    ...[
      '\u200d',
      '\u3164',
      '\u2800',
      '\u2800 \u200d',
      '\u00ad\ufe0f',
      '\u{e0041}',
      '\u115f',
      '\u{1d159}',
    ].map(name => ['tenants', { name }, 'invalid_value', 'name'] as const),
    ['keys', { tenant_id: TENANT, name: '\u3164' }, 'invalid_value', 'name'],
    // T76: nothing that is not offered can be set.
    ['tenants', { name: 'a', role: 'admin' }, 'unknown_parameter', 'role'],
    ['tenants', { name: 'a', id: TENANT }, 'unknown_parameter', 'id'],
    ['tenants', '{"name":"a","__proto__":{"x":1}}', 'unknown_parameter', '__proto__'],
    ['tenants', { name: 'a', 'weird name\n': 1 }, 'unknown_parameter', null],
    ['tenants', { name: 'a', limits: { 'weird name\n': 1 } }, 'unknown_parameter', 'limits'],
    ['tenants', { name: 'a', limits: { '': 1 } }, 'unknown_parameter', 'limits'],
    ['tenants', '{"name":"a","name":"b"}', 'duplicate_key', 'name'],
    ['tenants', '{"name":"a","n\\u0061me":"b"}', 'duplicate_key', 'name'],
    ['tenants', '{"name":"a","weird name\\n":1,"weird name\\n":1}', 'duplicate_key', null],
    ['tenants', '{"name":"a","limits":{"rpm":1,"r\\u0070m":2}}', 'duplicate_key', 'limits.rpm'],
    ['tenants', '{"name":"a","limits":{"weird name":1,"weird name":2}}', 'duplicate_key', 'limits'],
    ['tenants', '{"name":"a","x":[1,{"y":[[],{"z":1,"z":1}]}]}', 'duplicate_key', 'x[1].y[1].z'],
    [
      'tenants',
      '{"name":"a","budget":{"limit_usd":"1","limit_usd":"100","period":"day"}}',
      'duplicate_key',
      'budget.limit_usd',
    ],
    ['keys', `{"tenant_id":"${TENANT}","name":"a","models":[{"m":1,"m":1}]}`, 'duplicate_key', 'models[0].m'],
    ['tenants', '{"name":', 'invalid_json', null],
    ['tenants', '{"name":"a\\x"}', 'invalid_json', null],
    ['tenants', '[]', 'invalid_json', null],
    ['tenants', '"a"', 'invalid_json', null],
    ['tenants', 'null', 'invalid_json', null],
    ['tenants', `{"name":${'['.repeat(1000)}`, 'nesting_too_deep', null],
    ['keys', { name: 'a' }, 'missing_required_parameter', 'tenant_id'],
    ['keys', { tenant_id: 3, name: 'a' }, 'invalid_type', 'tenant_id'],
    ['keys', { tenant_id: TENANT, name: 'a', expires_at: 5 }, 'invalid_type', 'expires_at'],
    [
      'keys',
      { tenant_id: TENANT, name: 'a', not_before: '0000-01-01T00:00:00Z' },
      'invalid_value',
      'not_before',
    ],
    ['keys', { tenant_id: TENANT, name: 'a', scopes: ['sudo'] }, 'invalid_value', 'scopes[0]'],
    ['keys', { tenant_id: TENANT, name: 'a', scopes: ['llm', 'LLM'] }, 'invalid_value', 'scopes[1]'],
    ['keys', { tenant_id: TENANT, name: 'a', scopes: [1] }, 'invalid_type', 'scopes[0]'],
    ['keys', { tenant_id: TENANT, name: 'a', scopes: 'llm' }, 'invalid_type', 'scopes'],
    ['keys', { tenant_id: TENANT, name: 'a', scopes: null }, 'invalid_type', 'scopes'],
    ['keys', { tenant_id: TENANT, name: 'a', models: [] }, 'invalid_value', 'models'],
    ['keys', { tenant_id: TENANT, name: 'a', models: 'm' }, 'invalid_type', 'models'],
    ['keys', { tenant_id: TENANT, name: 'a', models: ['m', 1] }, 'invalid_type', 'models[1]'],
    ['keys', { tenant_id: TENANT, name: 'a', models: ['m', 'no-such'] }, 'invalid_value', 'models[1]'],
    ['keys', { tenant_id: TENANT, name: 'a', models: ['m-alias'] }, 'invalid_value', 'models[0]'],
    ['keys', { tenant_id: TENANT, name: 'a', models: ['a*\u0000'] }, 'invalid_value', 'models[0]'],
    ['keys', { tenant_id: TENANT, name: 'a', models: [`${'a*'.repeat(101)}`] }, 'invalid_value', 'models[0]'],
    ['keys', { tenant_id: TENANT, name: 'a', models: Array(101).fill('m') }, 'invalid_value', 'models'],
    ['keys', { tenant_id: TENANT, name: 'a', key: 'mine' }, 'unknown_parameter', 'key'],
    ['keys', { tenant_id: TENANT, name: 'a', version: 9 }, 'unknown_parameter', 'version'],
    ['keys', { tenant_id: TENANT, name: 'a', budgets: null }, 'unknown_parameter', 'budgets'],
    ['keys', { tenant_id: TENANT, name: 'a', spent: 0 }, 'unknown_parameter', 'spent'],
  ] as const) {
    const { status, json } = await management.ask('POST', `/api/v1/${path}`, body)
    expect({ body, status, ...json.error }).toEqual({
      body,
      status: 400,
      message: expect.any(String),
      type: 'invalid_request_error',
      param,
      code,
    })
  }
  expect((await management.ask('GET', '/api/v1/tenants')).json.data).toEqual([])
})

test('the same key in different objects of a body is none twice', async () => {
  const { status, json } = await management.ask('POST', '/api/v1/tenants', '{"name":{"name":1},"x":[{},{}]}')
  expect([status, json.error.code]).toEqual([400, 'unknown_parameter'])
})

test('a name may have letters that show nothing beside others', async () => {
  for (const name of ['👨‍👩‍👧', '❤️', 'می‌خواهم', 'a\u2800b']) {
    const { status, json } = await management.ask('POST', '/api/v1/tenants', { name })
    expect({ status, name: json.name }).toEqual({ status: 201, name })
  }
})

test('a body above 1 MiB is 413, one that is no JSON 415', async () => {
  const large = await management.ask('POST', '/api/v1/tenants', { name: 'x'.repeat(1024 * 1024) })
  expect(large).toMatchObject({ status: 413, json: { error: { code: 'request_too_large' } } })
  const response = await management.app.handle(
    new Request('http://localhost/api/v1/tenants', {
      method: 'POST',
      headers: { authorization: 'Bearer cm_adm_for_tests_only' },
      body: new URLSearchParams({ name: 'a' }),
    }),
  )
  expect(response.status).toBe(415)
})

test('a refused value is not repeated to whoever sent it', async () => {
  const { json } = await management.ask('POST', '/api/v1/tenants', { name: 'sk-secret\u0000' })
  expect(JSON.stringify(json)).not.toContain('sk-secret')
})
