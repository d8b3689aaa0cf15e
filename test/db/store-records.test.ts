import { afterAll, beforeAll, expect, mock, test } from 'bun:test'
import { findAudit } from '../../src/db/audit'
import { checkBatches } from '../../src/db/audit-batch'
import { storeRecords } from '../../src/db/store-records'
import { newId } from '../../src/lib/id'
import { encodeRecord } from '../../src/usage/journal'
import type { UsageRecord } from '../../src/usage/record'
import { sumOfLines } from '../../src/usage/usage-lines'
import { NO_USAGE } from '../../src/wire/usage'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { auditRow, storeAudit, usage } from './rows'

describeDatabases('records and their lines', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  const count = async (table: string, tenantId: string) => {
    const [row] = await fresh.db.sql`
      SELECT count(*)::int AS count FROM ${fresh.db.sql(table)} WHERE tenant_id::text = ${tenantId}`
    return Number(row?.count)
  }
  const deadLetters = (tenantId: string) => fresh.db.sql`
    SELECT request_id, reason, payload, id FROM dead_letter WHERE tenant_id = ${tenantId} ORDER BY reason`

  test('are written together, the quantities apart and null where they are 0', async () => {
    const row = auditRow({ usage: { ...usage, audioSeconds: 1.2345, images: 0 } })
    expect(await storeAudit(fresh.db, [row])).toBe(1)
    const [line] = await fresh.db.sql`SELECT * FROM ledger WHERE request_id = ${row.requestId}`
    expect(line).toEqual({
      tenant_id: row.tenantId,
      request_id: row.requestId,
      key_id: row.keyId,
      created_at: row.createdAt,
      booked_at: null,
      input: 287n,
      cached_input: 512n,
      cache_write: 1n,
      cache_write_1h: 2n,
      output: 49n,
      reasoning: 3n,
      audio_input: 4n,
      audio_output: 5n,
      image_input: 6n,
      image_output: 7n,
      audio_ms: 1235n,
      characters: 8n,
      images: null,
      line: 0,
      cost_pico_usd: '1518000000',
      kind: 'usage',
      endpoint: 'chat.completions',
      model: 'acme-large-2026-01',
      vendor: 'acme',
      price_version: '2026-11-20',
      source: 'vendor',
    } as never)
  })

  test('what was never sent has no line, what is no vendor’s figure says so', async () => {
    const rejected = auditRow({ usage: null, usageSource: null, priceVersion: null, costPicoUsd: 0n })
    const counted = auditRow({ usageSource: 'tokenizer' })
    await storeAudit(fresh.db, [rejected, counted])
    const lines = await fresh.db.sql`
      SELECT request_id, kind, source FROM ledger WHERE request_id IN (${rejected.requestId}, ${counted.requestId})`
    expect([...lines]).toEqual([{ request_id: counted.requestId, kind: 'estimated', source: 'tokenizer' }])
    expect(await findAudit(fresh.db, rejected.requestId)).toEqual(rejected)
  })

  test('keep what the vendor wrote, to the member', async () => {
    const rawUsage = { prompt_tokens: 12, nested: { 'odd \0 "name"': [1.5, null, true, 'é'] } }
    const [row, bare] = [auditRow({ rawUsage } as object), auditRow()]
    await storeAudit(fresh.db, [row, bare])
    const stored = { prompt_tokens: 12, nested: { 'odd \ufffd "name"': [1.5, null, true, 'é'] } }
    expect((await findAudit(fresh.db, row.requestId))?.rawUsage).toEqual(stored)
    expect(await findAudit(fresh.db, bare.requestId)).not.toHaveProperty('rawUsage')
  })

  test('attempts before the last that may be billed have lines of their own, once, and the sums are with them', async () => {
    const tenantId = newId()
    const line = (attempt: number, source: 'vendor' | 'tokenizer', costPicoUsd: bigint) => ({
      ...{ attempt, source, costPicoUsd, priceVersion: `p${attempt}` },
      ...{ vendor: `v${attempt}`, model: `m${attempt}`, usage: { ...NO_USAGE, inputTokens: 10 + attempt } },
    })
    const attempts = [0, 1, 2].map(index => ({ ...auditRow().attempts[0]!, vendor: `v${index}` }))
    const lines = [line(0, 'tokenizer', 5n), line(2, 'vendor', 7n)]
    const about = { tenantId, attempts, vendor: 'v2', model: 'm2', priceVersion: 'p2' }
    const answered = auditRow({ ...about, ...sumOfLines(lines), lines } as object)
    const first = lines.slice(0, 1)
    const failed = auditRow({ ...about, ...sumOfLines(first), lines: first } as object)
    expect(await storeAudit(fresh.db, [answered, auditRow({ tenantId }), failed])).toBe(3)
    // As a process that died in the second attempt would have it.
    const crash = { ...answered, lines: [...lines, line(1, 'tokenizer', 9n)] } as typeof answered
    expect(await storeAudit(fresh.db, [crash, failed])).toBe(0)
    const stored = await fresh.db.sql`
      SELECT line, kind, source, vendor, model, price_version, input::int, cost_pico_usd FROM ledger
      WHERE request_id = ${answered.requestId} ORDER BY line`
    expect(stored.map(row => Object.values(row))).toEqual([
      [0, 'usage', 'vendor', 'v2', 'm2', 'p2', 12, '7'],
      [1, 'estimated', 'tokenizer', 'v0', 'm0', 'p0', 10, '5'],
    ])
    const found = await findAudit(fresh.db, answered.requestId)
    expect(found).toMatchObject({ usageSource: 'mixed', costPicoUsd: 12n, usage: { inputTokens: 22 } })
    expect(found?.attempts.map(({ bill }) => bill)).toEqual([
      { source: 'tokenizer', costPicoUsd: '5' },
      undefined,
      undefined,
    ])
    expect(await findAudit(fresh.db, failed.requestId)).toMatchObject({
      usageSource: 'tokenizer',
      costPicoUsd: 5n,
      usage: { inputTokens: 10 },
    })
    const [batch] = await checkBatches(fresh.db, { limit: 1 })
    expect(batch).toMatchObject({ records: 3, found: 3, isWhole: true })
  })

  test('are there once, by ids alone: what comes again is not even compared', async () => {
    const tenantId = newId()
    const rows = Array.from({ length: 20 }, () => auditRow({ tenantId }))
    expect(await storeAudit(fresh.db, [...rows, ...rows])).toBe(20)
    const revised = rows.map(row => ({ ...row, createdAt: row.createdAt + 86_400_000, costPicoUsd: 1n }))
    expect(await storeAudit(fresh.db, [auditRow({ tenantId }), ...revised])).toBe(1)
    expect([await count('audit', tenantId), await count('ledger', tenantId)]).toEqual([21, 21])
    expect(await findAudit(fresh.db, rows[0]!.requestId)).toEqual(rows[0]!)
  })

  test('written by many at once in any order they are there once, and nobody waits in a circle', async () => {
    const tenantId = newId()
    const rows = Array.from({ length: 2_000 }, () => auditRow({ tenantId }))
    const shuffled = () => rows.toSorted(() => Math.random() - 0.5)
    // Asked for before a batch is written once more, as the server bids those whom it takes out of a circle.
    const random = mock(() => 0.5)
    const writers = Array.from({ length: 4 }, () => storeAudit(fresh.db, shuffled(), { random }))
    const written = await Promise.all(writers)
    expect(written.reduce((sum, fresh) => sum + fresh, 0)).toBe(2_000)
    expect(random).not.toHaveBeenCalled()
    expect([await count('audit', tenantId), await count('ledger', tenantId)]).toEqual([2_000, 2_000])
  })

  test('one that the database refuses (F21) goes aside alone, with the reason and no value in it', async () => {
    const tenantId = newId()
    const poison: Partial<UsageRecord>[] = [
      { requestId: 'no-id {secret' },
      { createdAt: 1e18 },
      { createdAt: Number.NaN },
      { usage: { ...usage, characters: -1 } },
      { costPicoUsd: -1n },
      { costPicoUsd: 10n ** 40n },
      { shape: undefined } as never,
      { status: 1e10 },
    ]
    const good = Array.from({ length: 40 }, () => auditRow({ tenantId }))
    const bad = poison.map(change => auditRow({ tenantId, ...change }))
    const batch = good.flatMap((row, index) =>
      index % 4 === 0 && bad[index / 4] ? [row, bad[index / 4]!] : [row],
    )
    expect(batch).toHaveLength(48)
    const heard: string[] = []
    expect(await storeAudit(fresh.db, batch, { onDeadLetter: reason => heard.push(reason) })).toBe(40)
    const reasons = [
      '22003 cost_pico_usd',
      '22003 status',
      '22008 created_at',
      '22P02 request_id',
      '23502 created_at',
      '23502 shape',
      '23514 ledger_not_negative',
      '23514 ledger_not_negative',
    ]
    expect(heard.toSorted()).toEqual(reasons)
    const letters = await deadLetters(tenantId)
    expect(letters.map(letter => letter.reason)).toEqual(reasons)
    expect([await count('audit', tenantId), await count('ledger', tenantId)]).toEqual([40, 40])
    const refused = letters.find(letter => letter.reason === '22P02 request_id')
    expect(refused?.request_id).toBe('no-id {secret')
    expect(JSON.parse(refused?.payload)).toMatchObject({ costPicoUsd: '1518000000', line: { kind: 'usage' } })

    expect(await storeAudit(fresh.db, batch)).toBe(0)
    expect(await deadLetters(tenantId)).toHaveLength(reasons.length)
  })

  test('a text that would end an array, or a tenant that is none, harms no neighbour', async () => {
    const tenantId = newId()
    const neighbours = [auditRow({ tenantId }), auditRow({ tenantId })]
    const hostile = auditRow({ tenantId: '},{NULL,"', requestId: `${newId()},${newId()}`, model: '"},' })
    expect(await storeAudit(fresh.db, [neighbours[0]!, hostile, neighbours[1]!])).toBe(2)
    for (const row of neighbours) expect(await findAudit(fresh.db, row.requestId)).toEqual(row)
    expect(await deadLetters('},{NULL,"')).toHaveLength(1)
  })

  test('where all are refused, all are aside', async () => {
    const tenantId = newId()
    const rows = Array.from({ length: 33 }, () => auditRow({ tenantId, createdAt: 1e18 }))
    expect(await storeAudit(fresh.db, rows)).toBe(0)
    expect(await deadLetters(tenantId)).toHaveLength(33)
  })

  test('no records are none', async () => {
    expect(await storeRecords(fresh.db, '')).toBe(0)
    expect(await storeRecords(fresh.db, encodeRecord(auditRow()))).toBe(1)
  })
})
