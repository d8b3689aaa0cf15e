import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { findAudit } from '../../src/db/audit'
import { connect } from '../../src/db/client'
import { migrate } from '../../src/db/migrate'
import type { GatewayError } from '../../src/errors'
import { systemClock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import {
  createDatabase,
  describeDatabases,
  type FreshDatabase,
  freshDatabase,
  hasRealServer,
  realServer,
  removeAfterwards,
} from '../postgres'
import { auditRow, usage } from './rows'

/** A copy of the migrations with one more at their end. */
function withOneMore(statement: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-migrations-'))
  removeAfterwards(folder)
  cpSync('drizzle', folder, { recursive: true })
  const journalPath = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(readFileSync(journalPath, 'utf8'))
  const last = journal.entries.at(-1)
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_more' })
  writeFileSync(journalPath, JSON.stringify(journal))
  writeFileSync(join(folder, '9999_more.sql'), statement)
  return folder
}

test('every migration file is in the journal', () => {
  const journal = JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8'))
  const files = readdirSync('drizzle').filter(name => name.endsWith('.sql'))
  expect(files.sort()).toEqual(journal.entries.map((entry: { tag: string }) => `${entry.tag}.sql`).sort())
})

describeDatabases('migrations', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  test('every table has its tenant in its primary key, but for those that do not grow with tenants’ requests', async () => {
    const rows = await fresh.db.sql`
      SELECT relation.relname AS name
      FROM pg_class AS relation
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND NOT EXISTS (
        SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = relation.oid AND indisprimary AND attname = 'tenant_id'
      ) ORDER BY 1`
    expect(rows.map(({ name }) => name)).toEqual([
      // Rows of the last days.
      'change',
      'migration',
      'price',
      'process_lease',
      'tenant',
    ])
  })
})

/** A copy of the first migrations alone. */
function firstOnly(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-migrations-'))
  removeAfterwards(folder)
  cpSync('drizzle', folder, { recursive: true })
  const journalPath = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(readFileSync(journalPath, 'utf8'))
  journal.entries.length = count
  writeFileSync(journalPath, JSON.stringify(journal))
  return folder
}

describe.skipIf(!hasRealServer)('the migration to a ledger', () => {
  test('keeps every record, its figures in the ledger', async () => {
    const url = await createDatabase((await realServer())!)
    await migrate({ databaseUrl: url }, firstOnly(1))
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    const insert = (requestId: string, figures: (string | number | null)[]) => sql`
      INSERT INTO audit VALUES ('01920000-0000-7000-8000-000000000001', ${requestId}, '01920000-0000-7000-8000-000000000002',
        '2026-11-22 10:00:00Z', 'chat.completions', true, 'acme', 'acme-large-2026-01', 'acme', ${'{"messages":3,"tools":1,"images":0,"audio":0,"requestBytes":1204,"maxTokens":256,"temperature":0.2}'}::text::jsonb,
        200, 'ok', NULL, 'stop', ${figures[0]!}, ${figures[1]!}, 1, 2, ${figures[2]!}, 3, 4, 5, 6, 7, 1.5, 8, 9, 'vendor',
        1518000000, '2026-11-20', 412.1, 1893, 0.6, ${'[{"vendor":"acme","model":"acme-large-2026-01","status":200,"durationMs":1892.4,"vendorRequestId":"req_1"}]'}::text::jsonb)`
    const [whole, claiming, rejected] = [newId(), newId(), newId()]
    await insert(whole, [812, 512, 64])
    await insert(claiming, [513, 512, 9])
    await insert(rejected, [812, 512, 64])
    await sql`
      UPDATE audit SET input_tokens = NULL, cached_input_tokens = NULL, cache_write_tokens = NULL, output_tokens = NULL,
        usage_source = NULL, price_version = NULL, cost_pico_usd = 0 WHERE request_id = ${rejected}`
    expect(await migrate({ databaseUrl: url })).toBeGreaterThan(0)

    const db = connect({ databaseUrl: url, clock: systemClock })
    expect(await findAudit(db, whole)).toEqual(auditRow({ requestId: whole }))
    // Parts that claim more than their total are cut, the last first.
    expect((await findAudit(db, claiming))?.usage).toEqual({
      ...usage,
      inputTokens: 513,
      cacheWriteTokens: 1,
      cacheWrite1hTokens: 0,
      audioInputTokens: 0,
      imageInputTokens: 0,
      outputTokens: 9,
      imageOutputTokens: 1,
    })
    expect((await findAudit(db, rejected))?.usage).toBeNull()
    const lines = await sql`SELECT request_id, least(input, output) AS least FROM ledger ORDER BY request_id`
    expect([...lines]).toEqual([
      { request_id: whole, least: '49' },
      { request_id: claiming, least: null },
    ])
    await Promise.all([db.close(), sql.end()])
  })
})

describe.skipIf(!hasRealServer)('migrations of a real server', () => {
  let url: string
  let sql: Sql
  beforeAll(async () => {
    url = await createDatabase((await realServer())!)
    sql = postgres(url, { max: 1, onnotice: () => {} })
  })
  afterAll(() => sql.end())

  test('four processes at once migrate it once', async () => {
    const steps = await Promise.all(Array.from({ length: 4 }, () => migrate({ databaseUrl: url })))
    const count = readdirSync('drizzle').filter(name => name.endsWith('.sql')).length
    expect(steps.sort()).toEqual([0, 0, 0, count])
    expect(await migrate({ databaseUrl: url })).toBe(0)
  })

  test('one that fails leaves nothing behind, and the next try succeeds', async () => {
    const folder = withOneMore('CREATE TABLE half (id int);--> statement-breakpoint\nSELEC nonsense')
    await expect(migrate({ databaseUrl: url }, folder)).rejects.toThrow('syntax error')
    const [row] = await sql`SELECT to_regclass('half') AS half`
    expect(row?.half).toBeNull()
    writeFileSync(join(folder, '9999_more.sql'), 'CREATE TABLE half (id int)')
    expect(await migrate({ databaseUrl: url }, folder)).toBe(1)
  })

  test('a database newer than the code is refused in one line, and left as it is', async () => {
    const error = await migrate({ databaseUrl: url }).catch((reason: Error) => reason)
    expect(String(error)).toMatch(
      /^Error: The database is newer than this version of the gateway \(.*\)[^\n]*$/,
    )
    const [row] = await sql`SELECT to_regclass('half')::text AS half`
    expect(row?.half).toBe('half')
  })

  test('a database of other migrations is refused', async () => {
    await sql`DELETE FROM migration WHERE made_at = (SELECT max(made_at) FROM migration)`
    await sql`UPDATE migration SET hash = 'other' WHERE made_at = (SELECT min(made_at) FROM migration)`
    await expect(migrate({ databaseUrl: url })).rejects.toThrow('migrated by another version')
  })

  test('a server that cannot be reached is store_unavailable', async () => {
    const error = await migrate({ databaseUrl: 'postgres://postgres@127.0.0.1:1/none' }).catch(
      (reason: unknown) => reason,
    )
    expect((error as GatewayError).code).toBe('store_unavailable')
  })
})
