import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { classesOf } from '../../src/catalog/quantities'
import { type BatchChain, checkBatches } from '../../src/db/audit-batch'
import { dropPartitionsBefore, ensurePartitions } from '../../src/db/partitions'
import { newId } from '../../src/lib/id'
import { NO_USAGE } from '../../src/wire/usage'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { appendLines } from './append-lines'
import { auditRow, storeAudit } from './rows'

describeDatabases('hashes of batches', kind => {
  let fresh: FreshDatabase
  let chain: BatchChain
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())
  beforeEach(async () => {
    await fresh.db.sql`DELETE FROM audit_batch`
    chain = { process: newId(), latest: null }
  })

  const some = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      auditRow({
        requestId: newId(),
        modelRequested: `modèle "${index}"`,
        ttftMs: index / 3,
        notes: { user: `u${index}`, metadata: { b: '2', a: '1' } },
        ...(index % 3 === 0 && { usage: null, costPicoUsd: 0n, usageSource: null, priceVersion: null }),
      }),
    )
  const store = (rows: ReturnType<typeof some>) => storeAudit(fresh.db, rows, { chain })
  const check = () => checkBatches(fresh.db, { limit: 100 })
  const states = async () => (await check()).map(({ isWhole, follows, found }) => [isWhole, follows, found])

  test('each batch names the one before it of its process, and is whole as long as nothing is touched', async () => {
    for (const count of [5, 1, 40]) await store(some(count))
    const [third, second, first] = await check()
    expect([first?.records, second?.records, third?.records]).toEqual([5, 1, 40])
    expect([first?.previousHash, second?.previousHash, third?.previousHash]).toEqual([
      null,
      first?.hash ?? '',
      second?.hash ?? '',
    ])
    expect(await states()).toEqual([
      [true, true, 40],
      [true, true, 1],
      [true, true, 5],
    ])
    expect(chain.latest).toBe(third?.hash ?? '')
    expect(first?.processId).toBe(chain.process)
  })

  test('a batch that comes again makes no other, and one that is partly there counts what is new', async () => {
    const rows = some(6)
    await store(rows.slice(0, 4))
    await store(rows.slice(0, 4))
    await store(rows)
    expect((await check()).map(({ records }) => records)).toEqual([2, 4])
    expect(await states()).toEqual([
      [true, true, 2],
      [true, true, 4],
    ])
  })

  test.each([
    [
      'its outcome',
      (id: string) => fresh.db.sql`UPDATE audit SET outcome = 'rejected' WHERE request_id = ${id}`,
    ],
    [
      'its time',
      (id: string) =>
        fresh.db.sql`UPDATE audit SET created_at = created_at + interval '1 ms' WHERE request_id = ${id}`,
    ],
    ['its shape', (id: string) => fresh.db.sql`UPDATE audit SET shape = '{}' WHERE request_id = ${id}`],
    [
      'its user',
      (id: string) => fresh.db.sql`UPDATE audit SET caller_user = 'other' WHERE request_id = ${id}`,
    ],
    [
      'its cost',
      (id: string) =>
        fresh.db.sql`UPDATE ledger SET cost_pico_usd = cost_pico_usd + 1 WHERE request_id = ${id}`,
    ],
    ['its tokens', (id: string) => fresh.db.sql`UPDATE ledger SET output = 1 WHERE request_id = ${id}`],
    ['its line', (id: string) => fresh.db.sql`DELETE FROM ledger WHERE request_id = ${id}`],
    ['all of it', (id: string) => fresh.db.sql`DELETE FROM audit WHERE request_id = ${id}`],
  ])('a request of which %s was changed or removed shows', async (_, tamper) => {
    const rows = some(4)
    await store(rows)
    await store(some(2))
    await tamper(rows[1]?.requestId ?? '')
    expect((await check()).map(({ isWhole }) => isWhole)).toEqual([true, false])
  })

  test('a request that was put into a batch shows', async () => {
    await store(some(3))
    const [batch] = await check()
    await fresh.db.sql`
      INSERT INTO audit SELECT (jsonb_populate_record(a, jsonb_build_object('request_id', ${newId()}::text))).*
      FROM audit a WHERE batch_id = ${batch?.id ?? ''} LIMIT 1`
    expect(await states()).toEqual([[false, true, 4]])
  })

  test('a batch that was removed is missed by the one after it', async () => {
    for (let times = 0; times < 3; times++) await store(some(2))
    const [, second] = await check()
    await fresh.db.sql`DELETE FROM audit_batch WHERE id = ${second?.id ?? ''}`
    expect((await check()).map(({ isWhole, follows }) => [isWhole, follows])).toEqual([
      [true, false],
      [true, true],
    ])
  })

  test('what went with its month is told from what was removed, and the hashes stay', async () => {
    const [november, december] = [Date.UTC(2031, 10, 30), Date.UTC(2031, 11, 1)]
    await ensurePartitions(fresh.db, november)
    const at = (...dates: number[]) => dates.map(ms => auditRow({ requestId: Bun.randomUUIDv7('hex', ms) }))
    const removed = at(december, december)
    for (const rows of [at(november, november), at(december, november), at(december, december), removed])
      await store(rows)
    await dropPartitionsBefore(fresh.db, december)
    await fresh.db.sql`DELETE FROM audit WHERE batch_id = (
      SELECT batch_id FROM audit WHERE request_id = ${removed[0]?.requestId ?? ''})`
    expect(
      (await check()).map(({ dropped, found, isWhole, follows }) => [dropped, found, isWhole, follows]),
    ).toEqual([
      ['none', 0, false, true],
      ['none', 2, true, true],
      ['some', 1, false, true],
      ['all', 0, false, true],
    ])
    await dropPartitionsBefore(fresh.db, Date.UTC(2100, 0))
  })

  const removeAll = (batch?: { id: string }) =>
    fresh.db.sql`DELETE FROM audit WHERE batch_id = ${batch?.id ?? ''}`
  const OLD = '00000000-0000-7000-8000-000000000000'

  test('requests that were removed are no dropped ones because somebody says that they were old', async () => {
    for (let times = 0; times < 3; times++) await store(some(2))
    const [third, second, first] = await check()
    await Promise.all([third, second, first].map(removeAll))
    await fresh.db
      .sql`UPDATE audit_batch SET first_id = ${OLD}, last_id = ${OLD} WHERE id IN (${third!.id}, ${first!.id})`
    await fresh.db.sql`UPDATE audit_batch SET first_id = NULL, last_id = NULL WHERE id = ${second!.id}`
    expect((await check()).map(({ dropped, isWhole }) => [dropped, isWhole])).toEqual([
      ['none', false],
      ['none', false],
      ['none', false],
    ])
  })

  test('who makes a batch look like one from before its ids were hashed breaks the link of the next', async () => {
    await store(some(2))
    await store(some(2))
    const [, first] = await check()
    await removeAll(first)
    await fresh.db.sql`
      UPDATE audit_batch SET first_id = NULL, last_id = NULL, hash = left(hash, 64) WHERE id = ${first!.id}`
    expect((await check()).map(({ dropped, follows }) => [dropped, follows])).toEqual([
      ['none', false],
      ['all', true],
    ])
  })

  test('a batch from before its ids were hashed is judged as it was', async () => {
    const [row] = some(1)
    await store([row!])
    const [made] = await check()
    await store(some(1))
    // Of one request: the hash of its hash, behind that of no batch.
    const earlier = made!.hash.slice(0, 64)
    await fresh.db
      .sql`UPDATE audit_batch SET hash = ${earlier}, first_id = NULL, last_id = NULL WHERE id = ${made!.id}`
    await fresh.db.sql`UPDATE audit_batch SET previous_hash = ${earlier} WHERE id <> ${made!.id}`
    const first = async () => (await check())[1]
    expect(await first()).toMatchObject({ isWhole: true, follows: true, dropped: 'none' })
    await fresh.db.sql`UPDATE audit SET status = 418 WHERE request_id = ${row!.requestId}`
    expect(await first()).toMatchObject({ isWhole: false, dropped: 'none' })
    await removeAll(made)
    expect(await first()).toMatchObject({ isWhole: false, dropped: 'all' })
  })

  test('a correction is a line of its own, and changes nothing', async () => {
    const [row] = some(2).slice(1)
    if (!row) throw new Error('no row')
    await store([row])
    const { tenantId, requestId, keyId, createdAt, endpoint, model, vendor, priceVersion } = row
    const about = { tenantId, requestId, keyId, createdAt, endpoint, model, vendor, priceVersion }
    const correction = { bookedAt: createdAt, line: 1, kind: 'adjustment', source: 'vendor' } as const
    const quantities = classesOf({ ...NO_USAGE, outputTokens: 5 })
    expect(await appendLines(fresh.db, [{ ...about, ...correction, costPicoUsd: -5n, quantities }])).toBe(1)
    expect(await states()).toEqual([[true, true, 1]])
  })

  test('what is hashed is the list’s text as jsonb, whatever the floats and the texts', async () => {
    const [row] = some(2).slice(1)
    if (!row) throw new Error('no row')
    const odd = [1e-7, 5e-324, 1e21, 1.7976931348623157e308, 0.1 + 0.2, 0, 123456789.125]
    for (const value of odd) {
      const requestId = newId()
      const notes = { user: 'a"\\\b\f\n\t\u0001\u007f\u2028é😀', metadata: { 'ü"': `${value}` } }
      const times = { ttftMs: value, durationMs: value, overheadMs: -value }
      await store([{ ...row, ...times, requestId, notes, rawUsage: { value, list: [value, null] } }])
      const [batch] = await check()
      const [found] = await fresh.db.sql`
        SELECT encode(sha256(sha256(convert_to(jsonb_build_array(
          a.tenant_id, a.request_id, a.key_id, (extract(epoch FROM a.created_at) * 1000)::bigint, ttft_ms,
          duration_ms, overhead_ms, status, stream, a.endpoint, model_requested, a.model, a.vendor, outcome,
          error_code, finish_reason, shape, attempts, raw_usage, caller_user, caller_metadata, input, cached_input,
          cache_write, cache_write_1h, output, reasoning, audio_input, audio_output, image_input, image_output,
          audio_ms, characters, images, cost_pico_usd, kind, price_version, source)::text, 'UTF8'))), 'hex') AS hash
        FROM audit a JOIN ledger l USING (request_id) WHERE request_id = ${requestId}`
      const seal = new Bun.CryptoHasher('sha256')
      seal.update([batch?.previousHash ?? '-', 1, requestId, requestId, found?.hash].join(' '))
      expect(batch?.hash).toBe(found?.hash + seal.digest('hex'))
    }
    expect((await check()).every(({ isWhole }) => isWhole)).toBe(true)
  })

  test('two processes have chains of their own', async () => {
    await store(some(1))
    chain = { process: newId(), latest: null }
    await store(some(1))
    expect((await check()).map(({ previousHash }) => previousHash)).toEqual([null, null])
  })
})
