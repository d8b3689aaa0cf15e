import type { AppDeps } from '../app'
import type { RandomBytes } from '../auth/key-format'
import type { Catalog } from '../catalog/catalog'
import type { GatewayDeps } from '../gateway/deps'
import { adapterOf } from '../vendors/adapter'
import { readiness } from './readiness'
import type { Store } from './store'

export interface AppParts {
  random: RandomBytes
  catalog: Catalog
  adminKeySet: boolean
}

/** The whole application's view of the running process. */
export function appDeps(
  gateway: GatewayDeps,
  store: Store,
  { random, catalog, adminKeySet }: AppParts,
): AppDeps {
  const { clock, keyring } = gateway
  return {
    gateway,
    admin: {
      clock,
      keyring,
      random,
      adminKeySet,
      database: store.database,
      catalog: () => catalog,
      callable: vendor => adapterOf(vendor) !== undefined,
    },
    health: { ready: () => readiness(store, gateway) },
  }
}
