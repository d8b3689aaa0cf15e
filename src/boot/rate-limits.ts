import type { Keyring } from '../auth/keyring'
import type { Clock } from '../lib/clock'
import { newId } from '../lib/id'
import type { Log } from '../lib/log'
import { Rates } from '../limits/rate/rates'
import { shareStore } from '../limits/rate/share-store'
import { Sharing } from '../limits/rate/sharing'
import type { TenantAllowances } from '../limits/tenant-allowances'
import type { Memory } from './memory'
import type { Store } from './store'

export interface RateLimitsDeps {
  clock: Clock
  log: Log
  keyring: Keyring
  store: Store
  tenants: TenantAllowances
}

/** Limits per minute and of how many at a time, as this process keeps them and shares them with the others. */
export class RateLimits {
  readonly rates: Rates
  /** What is shared is asked for anew where changes may have been missed. */
  readonly memory: Memory
  private readonly sharing: Sharing

  constructor({ clock, log, keyring, store, tenants }: RateLimitsDeps) {
    this.rates = new Rates({ clock, tenants })
    const isWanted = () => keyring.hasLimits || tenants.hasLimits
    const shares = shareStore(store.database)
    this.sharing = new Sharing({
      clock,
      log,
      rates: this.rates,
      store: shares,
      newId,
      isWanted,
      pause: Bun.sleep,
    })
    this.memory = {
      load: async () => this.sharing.startAnew(),
      refresh: async () => {},
      hear: text => this.sharing.recalled(text),
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
