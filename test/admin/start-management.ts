import { Elysia } from 'elysia'
import { audit, auditById } from '../../src/admin/audit'
import { catalogModels } from '../../src/admin/catalog-models'
import type { AdminDeps } from '../../src/admin/deps'
import { keyChanges, keys } from '../../src/admin/keys'
import { tenantChanges, tenants } from '../../src/admin/tenants'
import { usage } from '../../src/admin/usage'
import { Keyring } from '../../src/auth/keyring'
import { findKnownKey } from '../../src/auth/load-keys'
import { asGatewayError } from '../../src/errors'
import type { Clock } from '../../src/lib/clock'
import { catalogOf } from '../gateway/start-gateway'
import { type DatabaseKind, type FreshDatabase, freshDatabase } from '../postgres'

export const ADMIN_KEY = 'cm_adm_for_tests_only'
export const NOW = Date.UTC(2026, 10, 22, 10)

/** The management routes on a database of their own, driven without a socket. */
export interface Management {
  app: Elysia
  deps: AdminDeps
  fresh: FreshDatabase
  /** Moves the clock by hand; records and expiry go by it. */
  clock: Clock & { time: number }
  /** Asks with the admin key, unless another credential (or null, for none) is given. */
  ask(method: string, path: string, body?: unknown, credential?: string | null): Promise<Answer>
}

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it as the public interface says
  json: any
}

export async function startManagement(
  kind: DatabaseKind = 'embedded',
  change: Partial<AdminDeps> = {},
): Promise<Management> {
  const fresh = await freshDatabase(kind)
  const clock = { time: NOW, now: () => performance.now(), date: () => clock.time }
  const keyring = new Keyring({ clock, find: hash => findKnownKey(fresh.db, hash), adminKey: ADMIN_KEY })
  const deps: AdminDeps = {
    database: fresh.db,
    keyring,
    clock,
    random: length => crypto.getRandomValues(new Uint8Array(length)),
    catalog: () => catalog,
    callable: vendor => vendor.conforms,
    adminKeySet: true,
    ...change,
  }
  const catalog = catalogOf({ vendors: { acme: 'http://127.0.0.1:1/v1' }, models: ['m', 'org/m', 'z'] })
  const app = manage(deps)
  return { app, deps, fresh, clock, ask: createAsk(app) }
}

export function manage(deps: AdminDeps): Elysia {
  return new Elysia()
    .onError(({ error }) => asGatewayError(error).toResponse())
    .use(tenants(deps))
    .use(tenantChanges(deps))
    .use(keys(deps))
    .use(keyChanges(deps))
    .use(audit(deps))
    .use(auditById(deps))
    .use(usage(deps))
    .use(catalogModels(deps)) as unknown as Elysia
}

export function createAsk(app: Elysia): Management['ask'] {
  return async (method, path, body, credential = ADMIN_KEY) => {
    const response = await app.handle(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    return { status: response.status, headers: response.headers, json: await response.json() }
  }
}
