import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newId } from '../../src/lib/id'
import { auditRow, storeAudit } from '../db/rows'
import { describeDatabases } from '../postgres'
import { ADMIN_KEY, type Management, startManagement } from './start-management'

describeDatabases('audit export', kind => {
  let management: Management
  const rows = Array.from({ length: 1_203 }, (_, index) => ({ requestId: newId(), isError: index % 3 === 0 }))
  const ids = rows.map(({ requestId }) => requestId).toReversed()
  let tenant: string
  let reader: string

  async function lines(query = '', credential = ADMIN_KEY) {
    const response = await management.app.handle(
      new Request(`http://localhost/api/v1/audit${query}`, {
        headers: { authorization: `Bearer ${credential}`, accept: 'application/x-ndjson, */*;q=0.1' },
      }),
    )
    const text = await response.text()
    return { status: response.status, type: response.headers.get('content-type'), text, lines: linesOf(text) }
  }
  const linesOf = (text: string) => (text.startsWith('{"error"') ? [] : text.split('\n').slice(0, -1))
  const idsIn = (found: string[]) =>
    found.map(line => (JSON.parse(line) as { request_id: string }).request_id)

  beforeAll(async () => {
    management = await startManagement(kind)
    tenant = (await management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
    const made = await management.ask('POST', '/api/v1/keys', {
      tenant_id: tenant,
      name: 'k',
      scopes: ['usage:read'],
    })
    reader = made.json.key
    await storeAudit(
      management.fresh.db,
      rows.map(({ requestId, isError }, index) =>
        auditRow({
          requestId,
          tenantId: index < 3 ? tenant : newId(),
          keyId: newId(),
          createdAt: Date.UTC(2026, 10, 20),
          outcome: isError ? 'error' : 'ok',
        }),
      ),
    )
  })
  afterAll(() => management.stop())

  test('is every record, one a line, newest first, over many pages', async () => {
    const { status, type, lines: found, text } = await lines()
    expect([status, type]).toEqual([200, 'application/x-ndjson'])
    expect(idsIn(found)).toEqual(ids)
    expect(text.endsWith('\n')).toBe(true)
    const [first] = found
    expect(JSON.parse(first ?? '')).toEqual((await management.ask('GET', `/api/v1/audit/${ids[0]}`)).json)
  })

  test('knows the filters, a limit and a cursor of the list', async () => {
    expect(idsIn((await lines('?outcome=error')).lines)).toHaveLength(401)
    expect(idsIn((await lines('?limit=3')).lines)).toEqual(ids.slice(0, 3))
    expect(idsIn((await lines(`?cursor=${ids[1_199]}`)).lines)).toEqual(ids.slice(1_200))
    expect((await lines('?tenant_id=nobody')).text).toBe('')
    expect((await lines(`?tenant_id=${newId()}`)).text).toBe('')
  })

  test('is a key’s own tenant’s alone', async () => {
    expect(idsIn((await lines('', reader)).lines)).toEqual(ids.slice(1_200))
    expect(await lines(`?tenant_id=${newId()}`, reader)).toMatchObject({ status: 404, lines: [] })
  })

  test('refuses what the list refuses', async () => {
    expect(await lines('?outcome=fine')).toMatchObject({ status: 400 })
    expect(await lines('?limit=0')).toMatchObject({ status: 400 })
    expect(await lines('', 'cm_live_nobody')).toMatchObject({ status: 401 })
  })

  test('another type is a page as ever', async () => {
    const { json } = await management.ask('GET', '/api/v1/audit?limit=1')
    expect(json.data).toHaveLength(1)
  })
})
