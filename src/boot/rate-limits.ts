import type { Keyring } from '../auth/keyring'
import type { Clock } from '../lib/clock'
import { newId } from '../lib/id'
import type { Log } from '../lib/log'
import { Rates } from '../limits/rate/rates'
import { shareStore } from '../limits/rate/share-store'
import { Sharing } from '../limits/rate/sharing'
import { TenantLimitsMemory } from '../limits/rate/tenant-limits'
import { type Memory, tenantLimitsMemory } from './memory'
import type { Store } from './store'

export interface RateLimitsDeps {
  clock: Clock
  log: Log
  keyring: Keyring
  store: Store
}

/** Limits per minute and of how many at a time, as this process keeps them and shares them with the others. */
export class RateLimits {
  readonly rates: Rates
  /** The limits of tenants, for the store to keep up. */
  readonly memory: Memory
  private readonly sharing: Sharing

  constructor({ clock, log, keyring, store }: RateLimitsDeps) {
    const tenants = new TenantLimitsMemory()
    const memory = tenantLimitsMemory(tenants)
    this.rates = new Rates({ clock, tenants })
    const isWanted = () => keyring.hasLimits || tenants.size > 0
    const shares = shareStore(store.database)
    this.sharing = new Sharing({ clock, log, rates: this.rates, store: shares, newId, isWanted })
    this.memory = {
      ...memory,
      load: async database => {
        await memory.load(database)
        this.sharing.startAnew()
      },
    }
  }

  start(): void {
    this.sharing.start()
  }

  /** Gives back what this process holds. Never rejects. */
  stop(): Promise<void> {
    return this.sharing.stop()
  }
}
