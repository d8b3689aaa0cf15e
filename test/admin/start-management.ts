import type { AdminDeps } from '../../src/admin/deps'
import type { AppDeps, createApp } from '../../src/app'
import { Keyring } from '../../src/auth/keyring'
import { findKnownKey } from '../../src/auth/load-keys'
import type { Clock } from '../../src/lib/clock'
import { catalogOf } from '../gateway/catalog-of'
import { type GatewayOptions, startGateway, type TestGateway } from '../gateway/start-gateway'
import { type DatabaseKind, type FreshDatabase, freshDatabase } from '../postgres'

export const ADMIN_KEY = 'cm_adm_for_tests_only'
export const NOW = Date.UTC(2026, 10, 22, 10)

/** The whole application on a database of its own, with its management asked without a socket. */
export interface Management {
  gateway: TestGateway
  app: App
  deps: AdminDeps
  fresh: FreshDatabase
  /** Moves the clock by hand; records and expiry go by it. */
  clock: Clock & { time: number }
  /** Asks with the admin key, unless another credential (or null, for none) is given. */
  ask(method: string, path: string, body?: unknown, credential?: string | null): Promise<Answer>
  stop(): Promise<void>
}

type App = ReturnType<typeof createApp>

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it as the public interface says
  json: any
}

/** `operations` stands in for health and metrics. */
export async function startManagement(
  kind: DatabaseKind = 'embedded',
  operations: Partial<Pick<AppDeps, 'health' | 'scrape' | 'version'>> = {},
): Promise<Management> {
  const fresh = await freshDatabase(kind)
  const clock = { time: NOW, now: () => performance.now(), date: () => clock.time }
  const keyring = new Keyring({ clock, find: hash => findKnownKey(fresh.db, hash), adminKey: ADMIN_KEY })
  const served: GatewayOptions = { vendors: { acme: 'http://127.0.0.1:1/v1' }, models: ['m', 'org/m', 'z'] }
  const catalog = catalogOf(served)
  const deps: AdminDeps = {
    database: fresh.db,
    keyring,
    clock,
    random: length => crypto.getRandomValues(new Uint8Array(length)),
    catalog: () => catalog,
    callable: vendor => vendor.conforms,
    adminKeySet: true,
    keepsNotes: false,
  }
  const gateway = startGateway({ ...served, keyring, clock, app: { admin: deps, ...operations } })
  const { app } = gateway
  const stop = async () => {
    await gateway.stop()
    await fresh.close()
  }
  return { gateway, app, deps, fresh, clock, ask: createAsk(app), stop }
}

export function createAsk(app: App): Management['ask'] {
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
