import type { Static } from '@sinclair/typebox'
import { assertActive } from '../auth/caller'
import { hashKey, keyPrefix, newKey } from '../auth/key-format'
import { remember } from '../auth/load-keys'
import { assertWithin } from '../auth/rights'
import { INFERENCE_SCOPES } from '../auth/scope'
import { changeKey, type KeyPatch, makeKey } from '../db/change-key'
import type { KeyRow } from '../db/keys'
import { changedLimits } from '../db/limits'
import { GatewayError } from '../errors'
import { isId, newId } from '../lib/id'
import { type Actor, narrowToTenant, tenantOf } from './authorise'
import type { AdminDeps } from './deps'
import { assertOrder, readRights } from './key-rights'
import type { ChangedKeySchema, NewKeySchema, RotationSchema } from './key-schema'
import { readName } from './name'
import { notFound } from './not-found'

/** A key with its secret, which is shown this once. */
export interface MadeKey {
  row: KeyRow
  key: string
}

/** What a key may do if nothing is said and nobody's key made it. */
const DEFAULTS = { scopes: [...INFERENCE_SCOPES], models: null, limits: null, budget: null, expiresAt: null }

/**
 * Makes a key. One that a key makes belongs to its tenant and has, where nothing is said, its scopes, models, limits, budget and
 * end.
 * Throws `scope_not_allowed` for more than the maker has.
 */
export async function create(
  body: Static<typeof NewKeySchema>,
  actor: Actor,
  deps: AdminDeps,
): Promise<MadeKey> {
  const { database, clock, random, keyring } = deps
  const name = readName(body.name)
  const now = clock.date()
  const rights = readRights(body, deps.catalog(), now)
  const tenantId = narrowToTenant(actor, body.tenant_id)
  if (tenantId === undefined)
    throw new GatewayError('missing_required_parameter', "Missing required parameter: 'tenant_id'.", {
      param: 'tenant_id',
    })
  if (!isId(tenantId)) throw notFound('tenant', 'tenant_id')
  const key = newKey(random)
  const row = await makeKey(database, { tenantId, makerId: keyIdOf(actor) }, maker => {
    const { scopes, models, limits, budget, expiresAt } = maker ?? DEFAULTS
    const made: KeyRow = {
      id: newId(),
      tenantId,
      name,
      ...secretOf(key),
      createdAt: now,
      scopes,
      models,
      limits: body.limits === undefined ? limits : changedLimits(limits, body.limits),
      budget,
      expiresAt,
      notBefore: null,
      ...rights,
      revokedAt: null,
      oldHash: null,
      oldUntil: null,
      version: now,
    }
    assertOrder(made, body)
    assertMay(actor, maker, made, now)
    return made
  })
  if (!row) throw notFound('tenant', 'tenant_id')
  remember(keyring, row)
  return { row, key }
}

/** Changes the fields that the body names. Throws `scope_not_allowed` if the key then has more than the key that changes it. */
export async function update(
  id: string,
  body: Static<typeof ChangedKeySchema>,
  actor: Actor,
  deps: AdminDeps,
): Promise<KeyRow> {
  const patch = {
    ...(body.name === undefined ? {} : { name: readName(body.name) }),
    ...readRights(body, deps.catalog(), deps.clock.date()),
  }
  return change(id, actor, deps, row => {
    assertOrder({ ...row, ...patch }, body)
    if (body.limits === undefined) return patch
    return { ...patch, limits: changedLimits(row.limits, body.limits) }
  })
}

/** Gives a key a new secret. The old one works for `grace_seconds` more; the one before that works no longer. */
export async function rotate(
  id: string,
  { grace_seconds: graceSeconds = 0 }: Static<typeof RotationSchema>,
  actor: Actor,
  deps: AdminDeps,
): Promise<MadeKey> {
  const key = newKey(deps.random)
  const oldUntil = deps.clock.date() + graceSeconds * 1000
  const row = await change(id, actor, deps, ({ hash, revokedAt }) => {
    if (revokedAt !== null)
      throw new GatewayError('invalid_value', 'This key was revoked, which is for good: make a new one.')
    return { ...secretOf(key), oldHash: hash, oldUntil }
  })
  return { row, key }
}

async function change(
  id: string,
  actor: Actor,
  { database, clock, keyring }: AdminDeps,
  patchOf: (row: KeyRow) => KeyPatch,
): Promise<KeyRow> {
  if (!isId(id)) throw notFound('key')
  const who = { id, tenantId: tenantOf(actor), changerId: keyIdOf(actor) }
  const row = await changeKey(database, who, (found, changer) => {
    const patch = patchOf(found)
    assertMay(actor, changer, { ...found, ...patch }, clock.date())
    return patch
  })
  if (!row) throw notFound('key')
  remember(keyring, row)
  return row
}

/** Judged by the actor's row of this moment: memory may not have heard yet that it was lowered or revoked. */
function assertMay(actor: Actor, own: KeyRow | undefined, result: KeyRow, now: number): void {
  if (actor.kind === 'admin') return
  if (!own) throw notFound('key')
  assertActive(own, now)
  if (!own.scopes.includes('keys:write'))
    throw new GatewayError('scope_not_allowed', 'This API key does not have the scope `keys:write`.')
  assertWithin(result, own)
}

/** The key that asks; undefined for the admin key. */
export function keyIdOf(actor: Actor): string | undefined {
  return actor.kind === 'admin' ? undefined : actor.caller.keyId
}

function secretOf(key: string): Pick<KeyRow, 'prefix' | 'hash'> {
  return { prefix: keyPrefix(key), hash: hashKey(key) }
}
