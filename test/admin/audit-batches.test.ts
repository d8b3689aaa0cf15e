import { afterAll, beforeAll, expect, test } from 'bun:test'
import { dropPartitionsBefore, ensurePartitions } from '../../src/db/partitions'
import { newId } from '../../src/lib/id'
import { auditRow, storeAudit } from '../db/rows'
import { describeDatabases } from '../postgres'
import { type Management, startManagement } from './start-management'

describeDatabases('audit batches', kind => {
  let management: Management
  const chain = { process: newId(), latest: null }
  const rows = Array.from({ length: 5 }, () => [auditRow(), auditRow()])
  const ask = (query = '', credential?: string) =>
    management.ask('GET', `/api/v1/audit/batches${query}`, undefined, credential)
  beforeAll(async () => {
    management = await startManagement(kind)
    for (const batch of rows) await storeAudit(management.fresh.db, batch, { chain })
  })
  afterAll(() => management.stop())

  test('are shown newest first, page by page, each with what has become of it', async () => {
    const { sql } = management.fresh.db
    await sql`UPDATE audit SET status = 500 WHERE request_id = ${rows[1]?.[0]?.requestId ?? ''}`
    await sql`DELETE FROM audit WHERE request_id IN ${sql(rows[3]?.map(({ requestId }) => requestId) ?? [])}`
    const { json } = await ask()
    expect(
      json.data.map(({ state, records, found }: Record<string, unknown>) => [state, records, found]),
    ).toEqual([
      ['whole', 2, 2],
      ['changed', 2, 0],
      ['whole', 2, 2],
      ['changed', 2, 2],
      ['whole', 2, 2],
    ])
    expect(json.data[0]).toMatchObject({ process_id: chain.process, hash: chain.latest ?? '' })
    const first = (await ask('?limit=2')).json
    expect(first.data).toEqual(json.data.slice(0, 2))
    expect((await ask(`?limit=2&cursor=${first.next_cursor}`)).json.data).toEqual(json.data.slice(2, 4))
  })

  test('that went with their month are no fault; a removed one is, by the next, whatever became of that', async () => {
    const { db } = management.fresh
    await db.sql`DELETE FROM audit_batch`
    const [november, december] = [Date.UTC(2031, 10, 30), Date.UTC(2031, 11, 1)]
    await ensurePartitions(db, november)
    const own = { process: newId(), latest: null }
    for (const dates of [
      [november, november],
      [november, november],
      [november, december],
    ])
      await storeAudit(
        db,
        dates.map(ms => auditRow({ requestId: Bun.randomUUIDv7('hex', ms) })),
        { chain: own },
      )
    await dropPartitionsBefore(db, december)
    const states = async () => (await ask()).json.data.map(({ state }: { state: string }) => state)
    expect(await states()).toEqual(['cut', 'gone', 'gone'])
    await db.sql`DELETE FROM audit_batch WHERE previous_hash IS NULL`
    expect(await states()).toEqual(['cut', 'unlinked'])
    await dropPartitionsBefore(db, Date.UTC(2100, 0))
  })

  test('are the admin key’s alone', async () => {
    const tenant = (await management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
    const made = await management.ask('POST', '/api/v1/keys', {
      tenant_id: tenant,
      name: 'k',
      scopes: ['usage:read'],
    })
    expect((await ask('', made.json.key)).status).toBe(403)
    expect((await ask('?offset=1')).status).toBe(400)
  })
})
