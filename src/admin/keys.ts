import type { Static } from '@sinclair/typebox'
import { hashKey, keyPrefix, newKey } from '../auth/key-format'
import { callerOf } from '../auth/load-keys'
import { findKey, insertKey, type KeyRow, listKeys, revokeKey } from '../db/keys'
import { isId, newId } from '../lib/id'
import { answer, pageOf } from './answer'
import { forAdmin } from './authorise'
import { readBody } from './body'
import type { AdminDeps } from './deps'
import { KEY_DOCS, type KeySchema, ListQuery, NewKeySchema } from './key-schema'
import { readName } from './name'
import { notFound } from './not-found'
import { invalid, readPage, readQuery } from './query'
import { formatTime, formatTimeOrNull, parseTime } from './time'

/** `/api/v1/keys`: the secrets that callers send. A secret is in the answer that makes it, and nowhere else ever. */
export function keys(deps: AdminDeps) {
  return forAdmin(deps)
    .post('/api/v1/keys', async ({ request }) => create(await readBody(request, NewKeySchema), deps), {
      parse: 'none',
      detail: KEY_DOCS.create,
    })
    .get('/api/v1/keys', ({ request }) => list(request, deps), { detail: KEY_DOCS.list })
    .get('/api/v1/keys/:id', async ({ params }) => answer(toJson(await find(params.id, deps))), {
      detail: KEY_DOCS.find,
    })
    .delete('/api/v1/keys/:id', async ({ params }) => answer(toJson(await revoke(params.id, deps))), {
      parse: 'none',
      detail: KEY_DOCS.revoke,
    })
}

async function create(body: Static<typeof NewKeySchema>, deps: AdminDeps): Promise<Response> {
  const { database, keyring, clock, random } = deps
  const name = readName(body.name)
  const times = readTimes(body, clock.date())
  if (!isId(body.tenant_id)) throw notFound('tenant', 'tenant_id')
  const key = newKey(random)
  const row: KeyRow = {
    id: newId(),
    tenantId: body.tenant_id,
    name,
    prefix: keyPrefix(key),
    hash: hashKey(key),
    createdAt: clock.date(),
    ...times,
    revokedAt: null,
  }
  if ((await insertKey(database, row)) === 'no_tenant') throw notFound('tenant', 'tenant_id')
  keyring.put(row.hash, callerOf(row))
  return answer({ ...toJson(row), key }, 201)
}

function readTimes(body: Static<typeof NewKeySchema>, now: number): Pick<KeyRow, 'notBefore' | 'expiresAt'> {
  const notBefore = body.not_before == null ? null : parseTime(body.not_before, 'not_before')
  const expiresAt = body.expires_at == null ? null : parseTime(body.expires_at, 'expires_at')
  if (expiresAt !== null && expiresAt <= now) throw invalid('expires_at', 'a time in the future')
  if (expiresAt !== null && notBefore !== null && notBefore >= expiresAt)
    throw invalid('not_before', 'a time before `expires_at`')
  return { notBefore, expiresAt }
}

async function list(request: Request, { database }: AdminDeps): Promise<Response> {
  const { tenant_id: tenantId, ...query } = readQuery(request, ListQuery)
  const { limit, after } = readPage(query)
  if (tenantId !== undefined && !isId(tenantId)) return answer(pageOf([], null, toJson))
  const page = await listKeys(database, { tenantId, limit, after })
  return answer(pageOf(page.rows, page.next, toJson))
}

async function find(id: string, { database }: AdminDeps): Promise<KeyRow> {
  const row = isId(id) ? await findKey(database, id) : undefined
  if (!row) throw notFound('key')
  return row
}

/** Revoked is for good: a second time changes nothing and answers the same. */
async function revoke(id: string, { database, clock, keyring }: AdminDeps): Promise<KeyRow> {
  const row = isId(id) ? await revokeKey(database, id, clock.date()) : undefined
  if (!row) throw notFound('key')
  keyring.put(row.hash, callerOf(row))
  return row
}

function toJson(row: KeyRow): Static<typeof KeySchema> {
  return {
    id: row.id,
    tenant_id: row.tenantId,
    name: row.name,
    prefix: row.prefix,
    created_at: formatTime(row.createdAt),
    not_before: formatTimeOrNull(row.notBefore),
    expires_at: formatTimeOrNull(row.expiresAt),
    revoked_at: formatTimeOrNull(row.revokedAt),
  }
}
