import { requireAdmin } from '../admin/authorise'
import type { AppDeps } from '../app'
import type { RandomBytes } from '../auth/key-format'
import type { Catalog } from '../catalog/catalog'
import type { GatewayDeps } from '../gateway/deps'
import type { Metrics } from '../ops/metrics'
import { canAsk } from '../vendors/adapter'
import { readiness } from './readiness'
import type { Store } from './store'

export interface AppParts {
  version: string
  metrics: Pick<Metrics, 'contentType' | 'text'>
  metricsPublic: boolean
  random: RandomBytes
  catalog: Catalog
  adminKeySet: boolean
}

/** The whole application's view of the running process. */
export function appDeps(gateway: GatewayDeps, store: Store, parts: AppParts): AppDeps {
  const { random, catalog, adminKeySet } = parts
  const { clock, keyring } = gateway
  return {
    gateway,
    admin: {
      clock,
      keyring,
      random,
      adminKeySet,
      keepsNotes: gateway.keepsNotes,
      database: store.database,
      catalog: () => catalog,
      callable: (vendor, { endpoints }) => canAsk(vendor, endpoints),
    },
    version: parts.version,
    scrape: {
      metrics: parts.metrics,
      authorise: headers =>
        parts.metricsPublic ? undefined : requireAdmin(headers, { keyring, clock, adminKeySet }),
    },
    health: { ready: () => readiness(store, gateway) },
  }
}
