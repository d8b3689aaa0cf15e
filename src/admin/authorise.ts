import { Elysia } from 'elysia'
import { assertActive, type Caller, identify } from '../auth/caller'
import { credentialOf } from '../auth/credential'
import { GatewayError } from '../errors'
import type { AdminDeps } from './deps'

type Deps = Pick<AdminDeps, 'keyring' | 'clock' | 'adminKeySet'>

/**
 * A plugin to hang management routes on: each of them takes the admin key and nothing else, decided before any other
 * part of the request is looked at. A route cannot be added to it without that.
 */
export function forAdmin(deps: Deps) {
  return new Elysia().onBeforeHandle(({ request }) => requireAdmin(request.headers, deps))
}

/** The same for routes that any active key of ours may read; `caller` is undefined for the admin key. */
export function forAnyKey(deps: Deps) {
  return new Elysia().resolve(async ({ request }) => ({
    caller: await identifyReader(request.headers, deps),
  }))
}

/** Throws 401 for who is none of ours, 403 `scope_not_allowed` for a caller's key, 403 `management_disabled` without an admin key. */
export async function requireAdmin(headers: Headers, deps: Deps): Promise<void> {
  if (!deps.adminKeySet)
    throw new GatewayError(
      'management_disabled',
      'Management is off because this gateway has no admin key: set CALLMISSED_ADMIN_KEY and start it again.',
    )
  if ((await identifyReader(headers, deps)) !== undefined)
    throw new GatewayError('scope_not_allowed', 'This needs the admin key; a caller’s key may not manage.')
}

async function identifyReader(headers: Headers, { keyring, clock }: Deps): Promise<Caller | undefined> {
  if (keyring.isAdmin(credentialOf(headers))) return undefined
  const caller = await identify(headers, keyring)
  assertActive(caller, clock.date())
  return caller
}
