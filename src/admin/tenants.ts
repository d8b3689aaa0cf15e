import { type Static, Type } from '@sinclair/typebox'
import { remember } from '../auth/load-keys'
import { type KeyRow, listKeys } from '../db/keys'
import { changedLimits } from '../db/limits'
import {
  changeTenant,
  deleteTenant,
  findTenant,
  insertTenant,
  listTenants,
  type TenantRow,
} from '../db/tenants'
import { isId, newId } from '../lib/id'
import { describeRoute } from '../openapi/route-docs'
import { answer, pageOf, pageSchema } from './answer'
import { type Actor, forAdmin, forScope, tenantOf } from './authorise'
import { readBody } from './body'
import {
  BudgetSchema,
  openBudget,
  readBudget,
  type ShownBudget,
  ShownBudgetSchema,
  shownBudgets,
} from './budget-schema'
import type { AdminDeps } from './deps'
import { LimitsSchema, ShownLimitsSchema, shownLimits } from './limits-schema'
import { NameSchema, readName } from './name'
import { notFound } from './not-found'
import { MAX_LIMIT, PAGE_QUERY, readPage, readQuery } from './query'
import { MANAGEMENT_ERRORS, WRITE_ERRORS } from './refusals'
import { formatTime } from './time'

const TenantSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  created_at: Type.String({ format: 'date-time' }),
  limits: ShownLimitsSchema,
  budget: ShownBudgetSchema,
})
const NewTenantSchema = Type.Object(
  { name: NameSchema, limits: Type.Optional(LimitsSchema), budget: Type.Optional(BudgetSchema) },
  { additionalProperties: false },
)
const ChangedTenantSchema = Type.Partial(NewTenantSchema)
const DeletedSchema = Type.Object({ id: Type.String(), deleted: Type.Literal(true) })
const ListQuery = Type.Object(PAGE_QUERY)

const EXAMPLE: Static<typeof TenantSchema> = {
  id: '019aa1c2-0000-7000-8000-000000000001',
  name: 'acme',
  created_at: '2026-11-22T10:00:00.000Z',
  limits: { rpm: 600, tpm: null, concurrency: null },
  budget: {
    limit_usd: '100',
    spent_usd: '12.345',
    reserved_usd: '0.0625',
    period: 'month',
    resets_at: '2026-12-01T00:00:00.000Z',
  },
}

/** `GET /api/v1/tenants`: the accounts that own keys and usage; a key with `keys:read` sees its own. */
export function tenants(deps: AdminDeps) {
  return forScope('keys:read', deps)
    .get('/api/v1/tenants', ({ request, actor }) => list(request, actor, deps), { detail: DOCS.list })
    .get(
      '/api/v1/tenants/:id',
      async ({ params, actor }) => answer(await show(await find(params.id, actor, deps), deps)),
      { detail: DOCS.find },
    )
}

/** Tenants are made, changed and deleted by the admin key alone. */
export function tenantChanges(deps: AdminDeps) {
  const { database, clock } = deps
  return forAdmin(deps)
    .post(
      '/api/v1/tenants',
      async ({ request }) => {
        const body = await readBody(request, NewTenantSchema)
        const limits = changedLimits(null, body.limits ?? null)
        const budget = readBudget(body.budget ?? null)
        const row = { id: newId(), name: readName(body.name), createdAt: clock.date(), limits, budget }
        await insertTenant(database, row)
        return answer(await show(row, deps), 201)
      },
      { parse: 'none', detail: DOCS.create },
    )
    .patch(
      '/api/v1/tenants/:id',
      async ({ request, params }) => {
        const { name, limits, budget } = await readBody(request, ChangedTenantSchema)
        const patch = {
          limits,
          ...(name === undefined ? {} : { name: readName(name) }),
          ...(budget === undefined ? {} : { budget: readBudget(budget) }),
        }
        const row = isId(params.id) ? await changeTenant(database, params.id, patch) : undefined
        if (!row) throw notFound('tenant')
        if (budget) await openBudget({ ...row, tenantId: row.id, scopeId: row.id }, deps)
        return answer(await show(row, deps))
      },
      { parse: 'none', detail: DOCS.update },
    )
    .delete(
      '/api/v1/tenants/:id',
      async ({ params }) => {
        await remove(params.id, deps)
        return answer({ id: params.id, deleted: true })
      },
      { parse: 'none', detail: DOCS.remove },
    )
}

async function list(request: Request, actor: Actor, deps: AdminDeps): Promise<Response> {
  const page = readPage(readQuery(request, ListQuery))
  const own = tenantOf(actor)
  if (own === undefined) {
    const { rows, next } = await listTenants(deps.database, page)
    return answer(pageOf(await showAll(rows, deps), next))
  }
  const row = await find(own, actor, deps)
  const rows = page.after === undefined || row.id < page.after ? [row] : []
  return answer(pageOf(await showAll(rows, deps), null))
}

async function show(row: TenantRow, deps: AdminDeps): Promise<Static<typeof TenantSchema>> {
  const [budget = null] = await shownBudgets([{ ...row, tenantId: row.id, scopeId: row.id }], deps)
  return toJson(row, budget)
}

async function showAll(rows: readonly TenantRow[], deps: AdminDeps): Promise<Static<typeof TenantSchema>[]> {
  const scopes = rows.map(({ id, budget }) => ({ tenantId: id, scopeId: id, budget }))
  const budgets = await shownBudgets(scopes, deps)
  return rows.map((row, index) => toJson(row, budgets[index] ?? null))
}

function toJson(row: TenantRow, budget: ShownBudget): Static<typeof TenantSchema> {
  const { id, name, createdAt, limits } = row
  return { id, name, created_at: formatTime(createdAt), limits: shownLimits(limits), budget }
}

async function find(id: string, actor: Actor, { database }: AdminDeps): Promise<TenantRow> {
  const isVisible = isId(id) && (tenantOf(actor) ?? id) === id
  const row = isVisible ? await findTenant(database, id) : undefined
  if (!row) throw notFound('tenant')
  return row
}

/** This process refuses the tenant's keys from now on; the others hear of it as of any change. */
async function remove(id: string, { database, clock, keyring }: AdminDeps): Promise<void> {
  if (!isId(id)) throw notFound('tenant')
  const keys = await keysOf(id, database)
  const at = clock.date()
  if (!(await deleteTenant(database, id, at))) throw notFound('tenant')
  for (const key of keys) remember(keyring, { ...key, revokedAt: key.revokedAt ?? at })
}

async function keysOf(tenantId: string, database: AdminDeps['database']): Promise<KeyRow[]> {
  const keys: KeyRow[] = []
  let after: string | undefined
  do {
    const page = await listKeys(database, { tenantId, limit: MAX_LIMIT, after })
    keys.push(...page.rows)
    after = page.next ?? undefined
  } while (after !== undefined)
  return keys
}

const PATH = { id: { description: 'The tenant’s id.', example: EXAMPLE.id } }
const ONE = { 'application/json': { schema: TenantSchema, example: EXAMPLE } }
const DOCS = {
  create: describeRoute({
    tag: 'Management',
    summary: 'Make a tenant',
    access: 'admin',
    body: {
      schema: NewTenantSchema,
      examples: { tenant: { name: 'acme' }, limited: { name: 'acme', limits: { rpm: 600 } } },
    },
    answer: { status: 201, description: 'The new tenant.', content: ONE },
    errors: WRITE_ERRORS,
  }),
  list: describeRoute({
    tag: 'Management',
    summary: 'List tenants',
    description: 'Newest first. Needs the admin key or `keys:read`, which shows its own tenant.',
    access: 'either',
    query: ListQuery,
    answer: {
      description: 'A page of tenants.',
      content: {
        'application/json': {
          schema: pageSchema(TenantSchema),
          example: { data: [EXAMPLE], next_cursor: null },
        },
      },
    },
    errors: [...MANAGEMENT_ERRORS, 'invalid_value', 'unknown_parameter'],
  }),
  find: describeRoute({
    tag: 'Management',
    summary: 'Get a tenant',
    description: 'Needs the admin key or `keys:read`, which shows its own tenant.',
    access: 'either',
    path: PATH,
    answer: { description: 'The tenant.', content: ONE },
    errors: [...MANAGEMENT_ERRORS, 'not_found'],
  }),
  update: describeRoute({
    tag: 'Management',
    summary: 'Change a tenant',
    description:
      'Only what the body names; `budget` is exchanged whole. Limits and the budget hold for all keys of the tenant together, within a second on every process.',
    access: 'admin',
    path: PATH,
    body: {
      schema: ChangedTenantSchema,
      examples: {
        name: { name: 'acme' },
        limits: { limits: { rpm: 600, concurrency: null } },
        budget: { budget: { limit_usd: '100.00', period: 'month' } },
      },
    },
    answer: { description: 'The tenant as it is now.', content: ONE },
    errors: [...WRITE_ERRORS, 'not_found'],
  }),
  remove: describeRoute({
    tag: 'Management',
    summary: 'Delete a tenant',
    description: 'Revokes every key of it. Its audit records stay.',
    access: 'admin',
    path: PATH,
    answer: {
      description: 'It is deleted.',
      content: { 'application/json': { schema: DeletedSchema, example: { id: EXAMPLE.id, deleted: true } } },
    },
    errors: [...MANAGEMENT_ERRORS, 'not_found'],
  }),
}
