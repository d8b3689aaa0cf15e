import type { Static } from '@sinclair/typebox'
import { remember } from '../auth/load-keys'
import { findKey, type KeyRow, listKeys, revokeKey } from '../db/keys'
import { isId } from '../lib/id'
import { answer, pageOf } from './answer'
import { type Actor, forScope, narrowToTenant, tenantOf } from './authorise'
import { readBody } from './body'
import { openBudget, type Scope, type ShownBudget, shownBudgets } from './budget-schema'
import type { AdminDeps } from './deps'
import { KEY_DOCS } from './key-docs'
import { ChangedKeySchema, type KeySchema, ListQuery, NewKeySchema, RotationSchema } from './key-schema'
import { shownLimits } from './limits-schema'
import { create, keyIdOf, rotate, update } from './make-key'
import { notFound } from './not-found'
import { readPage, readQuery } from './query'
import { formatTime, formatTimeOrNull } from './time'

/** `/api/v1/keys`: the secrets that callers send. A secret is in the answer that makes it, and nowhere else ever. */
export function keys(deps: AdminDeps) {
  return forScope('keys:read', deps)
    .get('/api/v1/keys', ({ request, actor }) => list(request, actor, deps), { detail: KEY_DOCS.list })
    .get(
      '/api/v1/keys/:id',
      async ({ params, actor }) => answer(await show(await find(params.id, actor, deps), deps)),
      {
        detail: KEY_DOCS.find,
      },
    )
}

/** The routes that make, change and end keys. */
export function keyChanges(deps: AdminDeps) {
  return forScope('keys:write', deps)
    .post(
      '/api/v1/keys',
      async ({ request, actor }) => {
        const { row, key } = await create(await readBody(request, NewKeySchema), actor, deps)
        return answer({ ...(await show(row, deps)), key }, 201)
      },
      { parse: 'none', detail: KEY_DOCS.create },
    )
    .patch(
      '/api/v1/keys/:id',
      async ({ request, params, actor }) => {
        const body = await readBody(request, ChangedKeySchema)
        const row = await update(params.id, body, actor, deps)
        if (body.budget) await openBudget(scopeOf(row), deps)
        return answer(await show(row, deps))
      },
      { parse: 'none', detail: KEY_DOCS.update },
    )
    .post(
      '/api/v1/keys/:id/rotate',
      async ({ request, params, actor }) => {
        const body = request.body === null ? {} : await readBody(request, RotationSchema)
        const { row, key } = await rotate(params.id, body, actor, deps)
        return answer({ ...(await show(row, deps)), key })
      },
      { parse: 'none', detail: KEY_DOCS.rotate },
    )
    .delete(
      '/api/v1/keys/:id',
      async ({ params, actor }) => answer(await show(await revoke(params.id, actor, deps), deps)),
      { parse: 'none', detail: KEY_DOCS.revoke },
    )
}

async function list(request: Request, actor: Actor, deps: AdminDeps): Promise<Response> {
  const { tenant_id: asked, ...query } = readQuery(request, ListQuery)
  const { limit, after } = readPage(query)
  const tenantId = narrowToTenant(actor, asked)
  if (tenantId !== undefined && !isId(tenantId)) return answer(pageOf([], null))
  const page = await listKeys(deps.database, { tenantId, limit, after })
  return answer(pageOf(await showAll(page.rows, deps), page.next))
}

async function find(id: string, actor: Actor, { database }: AdminDeps): Promise<KeyRow> {
  const row = isId(id) ? await findKey(database, id) : undefined
  const own = tenantOf(actor)
  if (!row || (own !== undefined && row.tenantId !== own)) throw notFound('key')
  return row
}

/** Revoked is for good: a second time changes nothing and answers the same. */
async function revoke(id: string, actor: Actor, { database, clock, keyring }: AdminDeps): Promise<KeyRow> {
  const row = isId(id)
    ? await revokeKey(database, id, clock.date(), tenantOf(actor), keyIdOf(actor))
    : undefined
  if (!row) throw notFound('key')
  remember(keyring, row)
  return row
}

async function show(row: KeyRow, deps: AdminDeps): Promise<Static<typeof KeySchema>> {
  const [budget = null] = await shownBudgets([scopeOf(row)], deps)
  return toJson(row, budget)
}

async function showAll(rows: readonly KeyRow[], deps: AdminDeps): Promise<Static<typeof KeySchema>[]> {
  const budgets = await shownBudgets(rows.map(scopeOf), deps)
  return rows.map((row, index) => toJson(row, budgets[index] ?? null))
}

function scopeOf({ tenantId, id, budget }: KeyRow): Scope {
  return { tenantId, scopeId: id, budget }
}

function toJson(row: KeyRow, budget: ShownBudget): Static<typeof KeySchema> {
  return {
    id: row.id,
    tenant_id: row.tenantId,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    models: row.models,
    limits: shownLimits(row.limits),
    budget,
    created_at: formatTime(row.createdAt),
    not_before: formatTimeOrNull(row.notBefore),
    expires_at: formatTimeOrNull(row.expiresAt),
    revoked_at: formatTimeOrNull(row.revokedAt),
    old_secret_until: formatTimeOrNull(row.oldUntil),
  }
}
