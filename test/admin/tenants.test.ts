import { afterAll, beforeAll, expect, test } from 'bun:test'
import { hashKey } from '../../src/auth/key-format'
import { newId } from '../../src/lib/id'
import { describeDatabases } from '../postgres'
import { type Management, NOW, startManagement } from './start-management'

describeDatabases('tenants', kind => {
  let management: Management
  const make = (body: unknown) => management.ask('POST', '/api/v1/tenants', body)

  beforeAll(async () => {
    management = await startManagement(kind)
  })
  afterAll(() => management.fresh.close())

  test('makes, gets and lists tenants', async () => {
    const { status, json } = await make({ name: '  Ácme 👨‍👩‍👧 ' })
    expect(status).toBe(201)
    expect(json).toEqual({
      id: expect.any(String),
      name: 'Ácme 👨‍👩‍👧',
      created_at: new Date(NOW).toISOString(),
      limits: null,
      budget: null,
    })
    expect((await management.ask('GET', `/api/v1/tenants/${json.id}`)).json).toEqual(json)
    management.clock.time += 1
    const second = (await make({ name: 'second' })).json
    const list = (await management.ask('GET', '/api/v1/tenants?limit=1')).json
    expect(list).toEqual({ data: [second], next_cursor: second.id })
    const next = (await management.ask('GET', `/api/v1/tenants?limit=1&cursor=${list.next_cursor}`)).json
    expect(next.data).toEqual([json])
  })

  test('a deleted tenant is gone, and its keys are refused at once', async () => {
    const tenant = (await make({ name: 'gone' })).json.id
    const { key } = (await management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k' })).json
    expect(await management.ask('DELETE', `/api/v1/tenants/${tenant}`)).toMatchObject({
      status: 200,
      json: { id: tenant, deleted: true },
    })
    expect(management.deps.keyring.known(hashKey(key))?.revokedAt).toBe(management.clock.time)
    for (const method of ['GET', 'DELETE'])
      expect((await management.ask(method, `/api/v1/tenants/${tenant}`)).status).toBe(404)
    const { json } = await management.ask('GET', '/api/v1/tenants')
    expect(json.data.map(({ id }: { id: string }) => id)).not.toContain(tenant)
    expect((await management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k' })).status).toBe(404)
  })

  test('what is no id does not exist', async () => {
    for (const id of [newId(), 'x', '%E0%A4', "'%20OR%201=1"])
      expect((await management.ask('GET', `/api/v1/tenants/${id}`)).status).toBe(404)
  })
})
