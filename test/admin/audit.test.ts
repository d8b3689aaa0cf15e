import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { AuditRow } from '../../src/db/audit-row'
import { newId } from '../../src/lib/id'
import { auditRow, storeAudit } from '../db/rows'
import { describeDatabases } from '../postgres'
import { type Management, startManagement } from './start-management'

const NO_FURTHER = {
  cacheWrite1hTokens: 0,
  audioInputTokens: 0,
  audioOutputTokens: 0,
  imageInputTokens: 0,
  imageOutputTokens: 0,
  audioSeconds: 0,
  characters: 0,
  images: 0,
}
const USAGE = {
  ...NO_FURTHER,
  inputTokens: 812,
  cachedInputTokens: 512,
  cacheWriteTokens: 0,
  outputTokens: 64,
  reasoningTokens: 0,
}

describeDatabases('audit', kind => {
  let management: Management
  const rows: AuditRow[] = []
  const ask = (path: string, credential?: string) =>
    management.ask('GET', `/api/v1/audit${path}`, undefined, credential)
  const ids = async (query: string) =>
    (await ask(query)).json.data.map((record: { request_id: string }) => record.request_id)
  const newest = (matches: (row: AuditRow) => boolean) =>
    rows
      .filter(matches)
      .map(row => row.requestId)
      .reverse()

  beforeAll(async () => {
    management = await startManagement(kind)
    const tenants = [newId(), newId()]
    const keys = [newId(), newId()]
    rows.length = 0
    for (let index = 0; index < 6; index++)
      rows.push(
        auditRow({
          requestId: newId(),
          tenantId: tenants[index % 2]!,
          keyId: keys[index % 2]!,
          model: index < 3 ? 'small' : 'large',
          modelRequested: index < 3 ? 'acme' : 'acme-large',
          outcome: index === 5 ? 'error' : 'ok',
          createdAt: Date.UTC(2026, 10, 20 + index),
          usage: USAGE,
        }),
      )
    await storeAudit(management.fresh.db, rows)
  })
  afterAll(() => management.stop())

  test('a record reads as the public interface says, to the last member', async () => {
    const [row] = rows
    expect((await ask(`/${row?.requestId}`)).json).toEqual({
      request_id: row?.requestId,
      tenant_id: row?.tenantId,
      key_id: row?.keyId,
      created_at: '2026-11-20T00:00:00.000Z',
      endpoint: 'chat.completions',
      stream: true,
      model_requested: 'acme',
      model: 'small',
      vendor: 'acme',
      shape: {
        messages: 3,
        tools: 1,
        images: 0,
        audio: 0,
        request_bytes: 1204,
        max_tokens: 256,
        temperature: 0.2,
      },
      status: 200,
      outcome: 'ok',
      error_code: null,
      finish_reason: 'stop',
      usage: {
        input_tokens: 812,
        cached_input_tokens: 512,
        cache_write_tokens: 0,
        output_tokens: 64,
        reasoning_tokens: 0,
      },
      usage_source: 'vendor',
      cost_usd: '0.001518',
      price_version: '2026-11-20',
      ttft_ms: 412.1,
      duration_ms: 1893,
      overhead_ms: 0.6,
      attempts: [
        {
          vendor: 'acme',
          model: 'acme-large-2026-01',
          status: 200,
          duration_ms: 1892.4,
          vendor_request_id: 'req_1',
        },
      ],
    })
  })

  test('further figures are there where they are not 0; a rejected request has none at all', async () => {
    const audio = auditRow({ usage: { ...USAGE, audioSeconds: 12.5, images: 2 }, createdAt: 0 })
    const rejected = auditRow({
      model: null,
      vendor: null,
      usage: null,
      usageSource: null,
      priceVersion: null,
      ttftMs: null,
      finishReason: null,
      outcome: 'rejected',
      status: 400,
      errorCode: 'invalid_json',
      costPicoUsd: 0n,
      attempts: [],
      createdAt: 0,
    })
    await storeAudit(management.fresh.db, [audio, rejected])
    expect((await ask(`/${audio.requestId}`)).json.usage).toEqual({
      input_tokens: 812,
      cached_input_tokens: 512,
      cache_write_tokens: 0,
      output_tokens: 64,
      reasoning_tokens: 0,
      audio_seconds: 12.5,
      images: 2,
    })
    const { model, vendor, usage, usage_source, price_version, ttft_ms, cost_usd } = (
      await ask(`/${rejected.requestId}`)
    ).json
    expect([model, vendor, usage, usage_source, price_version, ttft_ms, cost_usd]).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
      '0',
    ])
  })

  test('every filter leaves what it says, newest first', async () => {
    const [first] = rows
    const since = 'from=2026-11-20T00:00:00Z'
    expect(await ids(`?${since}`)).toEqual(newest(() => true))
    expect(await ids(`?tenant_id=${first?.tenantId}&${since}`)).toEqual(
      newest(row => row.tenantId === first?.tenantId),
    )
    expect(await ids(`?key_id=${first?.keyId}&${since}`)).toEqual(newest(row => row.keyId === first?.keyId))
    expect(await ids(`?model=small&${since}`)).toEqual(newest(row => row.model === 'small'))
    expect(await ids(`?model=acme&${since}`)).toEqual(newest(row => row.model === 'small'))
    expect(await ids('?outcome=error')).toEqual(newest(row => row.outcome === 'error'))
    const { from, to } = { from: rows[1]!.createdAt, to: rows[3]!.createdAt }
    expect(await ids('?from=2026-11-21T00:00:00Z&to=2026-11-23T00:00:00.000Z')).toEqual(
      newest(({ createdAt }) => createdAt >= from && createdAt < to),
    )
  })

  test('pages are cut by a cursor that no later record moves', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const { json } = await ask(`?from=2026-11-20T00:00:00Z&limit=4${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...json.data.map((record: { request_id: string }) => record.request_id))
      cursor = json.next_cursor
    } while (cursor)
    expect(seen).toEqual(newest(() => true))
  })

  test('a page has a hundred entries unless another number is asked for, a thousand at most', async () => {
    const tenantId = newId()
    const many = Array.from({ length: 1_001 }, () => auditRow({ tenantId, createdAt: 0 }))
    await storeAudit(management.fresh.db, many)
    const page = async (query: string) => {
      const { json } = await ask(`?tenant_id=${tenantId}${query}`)
      return [json.data.length, json.next_cursor === json.data.at(-1).request_id]
    }
    expect(await page('')).toEqual([100, true])
    expect(await page('&limit=1')).toEqual([1, true])
    expect(await page('&limit=1000')).toEqual([1_000, true])
  })

  test('a key reads its own requests and no others (T77)', async () => {
    const tenant = (await management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
    const make = async () =>
      (await management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k' })).json
    const [mine, sibling] = [await make(), await make()]
    const own = auditRow({ tenantId: tenant, keyId: mine.id, createdAt: 0 })
    const other = auditRow({ tenantId: tenant, keyId: sibling.id, createdAt: 0 })
    await storeAudit(management.fresh.db, [own, other])
    expect((await ask(`/${own.requestId}`, mine.key)).json.request_id).toBe(own.requestId)
    const absent = await ask(`/${newId()}`, mine.key)
    expect(absent.status).toBe(404)
    for (const id of [other.requestId, rows[0]?.requestId, 'x', '%00', '..%2Fkeys'])
      expect(await ask(`/${id}`, mine.key)).toMatchObject({ status: 404, json: absent.json })
  })

  test('hostile parameters are a 400 that names them (T78, T79, T80)', async () => {
    for (const [query, code, param] of [
      ['limit=0', 'invalid_value', 'limit'],
      ['limit=1001', 'invalid_value', 'limit'],
      ['limit=1e9', 'invalid_value', 'limit'],
      ['limit=-1', 'invalid_value', 'limit'],
      ['limit=', 'invalid_value', 'limit'],
      ['limit=5&limit=6', 'invalid_value', 'limit'],
      ['offset=-1', 'unknown_parameter', 'offset'],
      ['tenant=x', 'unknown_parameter', 'tenant'],
      ['tenant_id[]=x', 'unknown_parameter', 'tenant_id[]'],
      ['__proto__=x', 'unknown_parameter', '__proto__'],
      ['cursor=x', 'invalid_value', 'cursor'],
      ["cursor=';--", 'invalid_value', 'cursor'],
      ['outcome=fine', 'invalid_value', 'outcome'],
      ['model=%00', 'invalid_value', 'model'],
      ['from=yesterday', 'invalid_value', 'from'],
      ['from=2026-13-01T00:00:00Z', 'invalid_value', 'from'],
      ['from=0000-01-01T00:00:00Z', 'invalid_value', 'from'],
      ['from=2026-11-20T00:00:00Z&to=2026-11-19T23:59:59Z', 'invalid_value', 'to'],
      ["to=2026-11-01T00:00:00Z'", 'invalid_value', 'to'],
    ])
      expect(await ask(`?${query}`)).toMatchObject({
        status: 400,
        json: { error: { type: 'invalid_request_error', code, param } },
      })
  })

  test('a parameter without a value is told to be left out, not that it holds control characters', async () => {
    const { status, json } = await ask('?cursor=')
    expect([status, json.error.message]).toEqual([
      400,
      "Invalid value for 'cursor': expected a value, or that it is left out.",
    ])
  })

  test('a filter that can match nothing matches nothing, not everything (T78)', async () => {
    for (const query of [
      'tenant_id=null',
      'tenant_id=*',
      'key_id=%25',
      "tenant_id='%20OR%201=1",
      "model='%20OR%201=1--",
    ])
      expect((await ask(`?${query}`)).json).toEqual({ data: [], next_cursor: null })
  })
})
