import { Type } from '@sinclair/typebox'
import { findAudit, listAudit } from '../db/audit'
import type { AuditRow } from '../db/audit-row'
import { isId } from '../lib/id'
import { describeRoute } from '../openapi/route-docs'
import { answer, pageOf, pageSchema } from './answer'
import { type AuditRecord, AuditRecordSchema, auditRecord } from './audit-record'
import { type Actor, forAnyKey, forScope, narrowToTenant, tenantOf } from './authorise'
import type { AdminDeps } from './deps'
import { NDJSON, ndjson, wantsLines } from './ndjson'
import { notFound } from './not-found'
import { PAGE_QUERY, readLimit, readPage, readQuery } from './query'
import { FILTER_QUERY, readFilter } from './record-filter'
import { KEY_ERRORS, MANAGEMENT_ERRORS } from './refusals'

const ListQuery = Type.Object({ ...FILTER_QUERY, ...PAGE_QUERY })

/** `GET /api/v1/audit`: every request's record, newest first; for a key those of its tenant. */
export function audit(deps: AdminDeps) {
  return forScope('usage:read', deps).get(
    '/api/v1/audit',
    ({ request, actor }) => list(request, actor, deps),
    { detail: DOCS.list },
  )
}

/** `GET /api/v1/audit/{request_id}`: any record for the admin key, its tenant's for a key with `usage:read`, for another its own requests'. */
export function auditById(deps: AdminDeps) {
  return forAnyKey(deps).get(
    '/api/v1/audit/:request_id',
    async ({ params, actor }) => answer(auditRecord(await find(params.request_id, actor, deps))),
    { detail: DOCS.find },
  )
}

async function list(request: Request, actor: Actor, { database }: AdminDeps): Promise<Response> {
  const { limit: size, cursor, ...query } = readQuery(request, ListQuery)
  const { limit, after } = readPage({ limit: size, cursor })
  const filter = readFilter(query, asked => narrowToTenant(actor, asked))
  if (wantsLines(request))
    return ndjson({
      read: async (before, count) => (filter ? listAudit(database, { ...filter, before, limit: count }) : []),
      idOf: ({ requestId }) => requestId,
      toJson: auditRecord,
      after,
      limit: readLimit(size),
    })
  if (!filter) return answer(pageOf([], null, auditRecord))
  const rows = await listAudit(database, { ...filter, limit: limit + 1, before: after })
  const page = rows.slice(0, limit)
  const next = rows.length > limit ? (page.at(-1)?.requestId ?? null) : null
  return answer(pageOf(page, next, auditRecord))
}

async function find(id: string, actor: Actor, { database }: AdminDeps): Promise<AuditRow> {
  const row = isId(id) ? await findAudit(database, id, tenantOf(actor)) : undefined
  if (!row || !mayRead(actor, row)) throw notFound('request')
  return row
}

function mayRead(actor: Actor, row: AuditRow): boolean {
  if (actor.kind === 'admin') return true
  return row.keyId === actor.caller.keyId || actor.caller.scopes.includes('usage:read')
}

/** A record, for the docs. */
export const EXAMPLE: AuditRecord = {
  request_id: '019aa1c2-0000-7000-8000-000000000003',
  tenant_id: '019aa1c2-0000-7000-8000-000000000001',
  key_id: '019aa1c2-0000-7000-8000-000000000002',
  created_at: '2026-11-22T10:00:00.000Z',
  endpoint: 'chat.completions',
  stream: true,
  model_requested: 'acme',
  model: 'acme-large-2026-01',
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
}

const DOCS = {
  list: describeRoute({
    tag: 'Management',
    summary: 'List requests',
    description:
      'One record a request, newest first, rejected ones too. Prompts and answers are never stored. Needs the admin key or `usage:read`, which shows its own tenant. With `Accept: application/x-ndjson` the answer is every record that matches, one a line, unless `limit` is given.',
    access: 'either',
    query: ListQuery,
    answer: {
      description: 'A page of records.',
      content: {
        'application/json': {
          schema: pageSchema(AuditRecordSchema),
          example: { data: [EXAMPLE], next_cursor: EXAMPLE.request_id },
        },
        [NDJSON]: { schema: AuditRecordSchema, example: EXAMPLE },
      },
    },
    errors: [...MANAGEMENT_ERRORS, 'not_found', 'invalid_value', 'unknown_parameter'],
  }),
  find: describeRoute({
    tag: 'Management',
    summary: 'Get one request',
    description:
      'The admin key reads any record, a key with `usage:read` those of its tenant, another key those of its own requests. There at most 2 s after the request ended.',
    access: 'either',
    path: {
      request_id: { description: '`x-request-id` of the answer.', example: EXAMPLE.request_id },
    },
    answer: {
      description: 'The record.',
      content: { 'application/json': { schema: AuditRecordSchema, example: EXAMPLE } },
    },
    errors: [...KEY_ERRORS, 'not_found'],
  }),
}
