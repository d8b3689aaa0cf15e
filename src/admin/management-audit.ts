import { Type } from '@sinclair/typebox'
import { listChanges, type ManagementFilter } from '../db/management-log'
import { isId } from '../lib/id'
import { describeRoute } from '../openapi/route-docs'
import { answer, pageOf, pageSchema } from './answer'
import { type Actor, forScope, narrowToTenant } from './authorise'
import type { AdminDeps } from './deps'
import { ACTIONS, ManagementRecordSchema, managementRecord } from './management-record'
import { NDJSON, ndjson, wantsLines } from './ndjson'
import { invalid, PAGE_QUERY, readLimit, readPage, readQuery } from './query'
import { MANAGEMENT_ERRORS } from './refusals'
import { parseSpan } from './time'

const ListQuery = Type.Object({
  tenant_id: Type.Optional(Type.String({ description: 'Only of this tenant.' })),
  target_id: Type.Optional(Type.String({ description: 'Only of this key, tenant or request.' })),
  by: Type.Optional(Type.String({ description: '`admin`, `gateway` or a key’s id.' })),
  // No enum: viewers would send its first value with every request that is tried.
  action: Type.Optional(Type.String({ description: `Only one of ${ACTIONS.join(', ')}.` })),
  from: Type.Optional(
    Type.String({ format: 'date-time', description: 'From when on, inclusive. RFC 3339 in UTC.' }),
  ),
  to: Type.Optional(
    Type.String({ format: 'date-time', description: 'Until when, exclusive. RFC 3339 in UTC.' }),
  ),
  ...PAGE_QUERY,
})

/** `GET /api/v1/audit/management`: who changed which key or tenant, or corrected which request, newest first; for a key of its own tenant. */
export function managementAudit(deps: AdminDeps) {
  return forScope('usage:read', deps).get(
    '/api/v1/audit/management',
    ({ request, actor }) => list(request, actor, deps),
    { detail: DOCS },
  )
}

async function list(request: Request, actor: Actor, { database }: AdminDeps): Promise<Response> {
  const { limit: size, cursor, ...query } = readQuery(request, ListQuery)
  const { limit, after } = readPage({ limit: size, cursor })
  const filter = readFilter(query, narrowToTenant(actor, query.tenant_id))
  if (wantsLines(request))
    return ndjson({
      read: async (before, count) =>
        filter ? (await listChanges(database, { ...filter, after: before, limit: count })).rows : [],
      idOf: ({ id }) => id,
      toJson: managementRecord,
      after,
      limit: readLimit(size),
    })
  if (!filter) return answer(pageOf([], null))
  const page = await listChanges(database, { ...filter, limit, after })
  return answer(pageOf(page.rows, page.next, managementRecord))
}

/** Undefined if it can match nothing, because it names what cannot be an id. */
function readFilter(
  query: { [Name in 'target_id' | 'by' | 'action' | 'from' | 'to']?: string },
  tenantId: string | undefined,
): ManagementFilter | undefined {
  const { target_id: targetId, by, action } = query
  if (action !== undefined && !ACTIONS.some(name => name === action))
    throw invalid('action', `one of ${ACTIONS.join(', ')}`)
  const filter = {
    tenantId,
    targetId,
    by,
    action,
    ...parseSpan(query),
  }
  const exists = [tenantId, targetId].every(id => id === undefined || isId(id))
  return exists ? filter : undefined
}

const EXAMPLE = {
  id: '019aa1c2-0000-7000-8000-000000000004',
  tenant_id: '019aa1c2-0000-7000-8000-000000000001',
  sequence: 3,
  created_at: '2026-11-22T10:00:00.000Z',
  by: 'admin',
  action: 'key.update',
  target_id: '019aa1c2-0000-7000-8000-000000000002',
  before: { name: 'laptop', scopes: ['llm'] },
  after: { name: 'laptop', scopes: ['llm', 'stt'] },
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
}

const DOCS = describeRoute({
  tag: 'Management',
  summary: 'List changes of keys, tenants and bills',
  description:
    'Who changed what, before and after, without secrets, newest first. Each entry’s hash is of the one before it in its tenant’s chain: `bun cm audit verify` finds one that was changed or removed. With `Accept: application/x-ndjson` every entry that matches, one a line. Needs the admin key or `usage:read`, which shows its own tenant.',
  access: 'either',
  query: ListQuery,
  answer: {
    description: 'A page of changes.',
    content: {
      'application/json': {
        schema: pageSchema(ManagementRecordSchema),
        example: { data: [EXAMPLE], next_cursor: EXAMPLE.id },
      },
      [NDJSON]: { schema: ManagementRecordSchema, example: EXAMPLE },
    },
  },
  errors: [...MANAGEMENT_ERRORS, 'not_found', 'invalid_value', 'unknown_parameter'],
})
