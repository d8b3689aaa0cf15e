import { Elysia } from 'elysia'
import { assertActive, type Caller, identify } from '../auth/caller'
import { credentialOf } from '../auth/credential'
import { permit } from '../auth/permit'
import type { ManagementScope } from '../auth/scope'
import { GatewayError } from '../errors'
import type { AdminDeps } from './deps'
import { notFound } from './not-found'

type Deps = Pick<AdminDeps, 'keyring' | 'clock' | 'adminKeySet'>

/** Who asks: the admin key, or a key of ours, which sees its own tenant alone. */
export type Actor = { readonly kind: 'admin' } | { readonly kind: 'key'; readonly caller: Caller }

const ADMIN: Actor = { kind: 'admin' }

/**
 * A plugin to hang management routes on: each of them takes the admin key and nothing else, decided before any other
 * part of the request is looked at. A route cannot be added to it without that.
 */
export function forAdmin(deps: Deps) {
  return new Elysia().onBeforeHandle(({ request }) => requireAdmin(request.headers, deps))
}

/** The same for routes of the admin key and of keys with a scope: `actor` says which it is. */
export function forScope(scope: ManagementScope, deps: Deps) {
  return new Elysia().resolve(async ({ request }) => ({
    actor: await requireScope(request.headers, scope, deps),
  }))
}

/** The same for routes that any active key of ours may read. */
export function forAnyKey(deps: Deps) {
  return new Elysia().resolve(async ({ request }) => ({ actor: await identifyActor(request.headers, deps) }))
}

/** Throws 401 for who is none of ours, 403 `scope_not_allowed` for a caller's key, 403 `management_disabled` without an admin key. */
export async function requireAdmin(headers: Headers, deps: Deps): Promise<void> {
  assertManaged(deps)
  if ((await identifyActor(headers, deps)).kind !== 'admin')
    throw new GatewayError('scope_not_allowed', 'This needs the admin key.')
}

/** The tenant that an actor is kept to; undefined for the admin key. */
export function tenantOf(actor: Actor): string | undefined {
  return actor.kind === 'admin' ? undefined : actor.caller.tenantId
}

/**
 * The tenant that an actor may see when it names one, or none: a key's own, whatever it says. Undefined for every tenant.
 * Throws 404 for another tenant than the key's.
 */
export function narrowToTenant(actor: Actor, asked: string | undefined): string | undefined {
  const own = tenantOf(actor)
  if (own === undefined) return asked
  if (asked !== undefined && asked !== own) throw notFound('tenant', 'tenant_id')
  return own
}

async function requireScope(headers: Headers, scope: ManagementScope, deps: Deps): Promise<Actor> {
  assertManaged(deps)
  const actor = await identifyActor(headers, deps)
  if (actor.kind === 'key') permit(actor.caller, scope, deps.clock.date())
  return actor
}

function assertManaged({ adminKeySet }: Deps): void {
  if (!adminKeySet)
    throw new GatewayError(
      'management_disabled',
      'Management is off because this gateway has no admin key: set CALLMISSED_ADMIN_KEY and start it again.',
    )
}

async function identifyActor(headers: Headers, { keyring, clock }: Deps): Promise<Actor> {
  if (keyring.isAdmin(credentialOf(headers))) return ADMIN
  const caller = await identify(headers, keyring)
  assertActive(caller, clock.date())
  return { kind: 'key', caller }
}
