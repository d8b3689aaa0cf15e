import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../src/lib/id'
import { ADMIN_KEY, type Management, startManagement } from '../admin/start-management'
import { auditRow, storeAudit } from '../db/rows'
import { cmWith } from './gateway'

setDefaultTimeout(30_000)

let management: Management
beforeAll(async () => {
  management = await startManagement()
})
afterAll(() => management.stop())

const verify = (...words: string[]) =>
  cmWith(
    { CALLMISSED_URL: management.gateway.url, CALLMISSED_ADMIN_KEY: ADMIN_KEY },
    'audit',
    'verify',
    ...words,
  )

test('whatever was changed or removed in the database fails the verification, and is named', async () => {
  const { db } = management.fresh
  const chain = { process: newId(), latest: null }
  const rows = Array.from({ length: 3 }, () => [auditRow(), auditRow()])
  for (const batch of rows) await storeAudit(db, batch, { chain })
  const tenant = (await management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
  for (const name of ['one', 'two']) await management.ask('PATCH', `/api/v1/tenants/${tenant}`, { name })
  expect(await verify()).toMatchObject({
    exitCode: 0,
    errors: '',
    output: expect.stringContaining('6 requests in 3 batches are as they were stored'),
  })

  await db.sql`DELETE FROM audit WHERE request_id IN ${db.sql(rows[0]!.map(({ requestId }) => requestId))}`
  await db.sql`UPDATE ledger SET cost_pico_usd = 1 WHERE request_id = ${rows[2]![1]!.requestId}`
  await db.sql`UPDATE management_log SET after = '{"name":"forged"}' WHERE target_id = ${tenant} AND sequence = 2`
  const { exitCode, output, errors } = await verify()
  expect([exitCode, errors]).toEqual([1, 'error: 3 faults: the audit log is not as it was written\n'])
  expect(output).toContain('a request of it was changed, removed or put in (0 of 2 are there)')
  expect(output).toContain('a request of it was changed, removed or put in (2 of 2 are there)')
  expect(output).toContain(`tenant ${tenant}, entry 2: it, or the one before it, was changed`)
})

test('what was removed from the end shows to whoever kept what was told before', async () => {
  const { db } = management.fresh
  const chain = { process: newId(), latest: null }
  const rows = [[auditRow()], [auditRow()]]
  for (const batch of rows) await storeAudit(db, batch, { chain })
  const kept = join(mkdtempSync(join(tmpdir(), 'cm-verify-')), 'kept.json')
  const { output } = await verify('--json')
  await Bun.write(kept, output)
  const faults = (text: string) => (JSON.parse(text) as { requests: { lost: string[] } }).requests.lost
  expect(faults((await verify('--json', '--since', kept)).output)).toEqual([])

  const { requestId } = rows[1]![0]!
  await db.sql`DELETE FROM audit_batch WHERE process_id = ${chain.process} AND first_id = ${requestId}`
  await db.sql`DELETE FROM audit WHERE request_id = ${requestId}`
  expect(faults((await verify('--json')).output)).toEqual([])
  const since = await verify('--json', '--since', kept)
  expect([faults(since.output), since.exitCode]).toEqual([[chain.process], 1])
  expect((await verify('--since', kept)).output).toContain(
    `process ${chain.process}: its latest batch of then is not there as it was`,
  )
  rmSync(kept)
  expect(await verify('--since', kept)).toMatchObject({
    exitCode: 1,
    errors: `error: ${kept} cannot be read\n`,
  })
})
