import type { RateLimits } from '../../../src/db/limits'
import { newId } from '../../../src/lib/id'
import { silentLog } from '../../../src/lib/log'
import type { RateHold } from '../../../src/limits/rate/hold'
import { type Limited, Rates } from '../../../src/limits/rate/rates'
import { Sharing } from '../../../src/limits/rate/sharing'
import { TenantAllowances } from '../../../src/limits/tenant-allowances'
import { FakeShareStore } from './fake-share-store'

const NONE = { rpm: null, tpm: null, concurrency: null }

/** A caller of a tenant without limits, with a key that has these. */
export function limited(limits: Partial<RateLimits>): Limited {
  return { keyId: newId(), tenantId: newId(), limits: { ...NONE, ...limits }, version: 1 }
}

/** Some processes on one store, all by one clock that stands still until it is moved. */
export class World {
  time = 0
  /** How often somebody waited for what others hold. */
  pauses = 0
  passesWhileWaiting = false
  readonly clock = { now: () => this.time }
  readonly store = new FakeShareStore(() => this.time)
  readonly processes: { rates: Rates; sharing: Sharing; holds: RateHold[] }[] = []

  constructor(size: number) {
    for (let index = 0; index < size; index++) this.processes.push(this.begin())
  }

  begin() {
    const rates = new Rates({ clock: this.clock, tenants: new TenantAllowances() })
    const deps = {
      clock: this.clock,
      log: silentLog,
      rates,
      store: this.store,
      newId,
      isWanted: () => true,
      pause: (ms: number) => this.turn(ms),
    }
    const sharing = new Sharing(deps)
    this.store.listeners.add(text => sharing.recalled(text))
    return { rates, sharing, holds: [] as RateHold[] }
  }

  /** The process is gone, and what it held in its memory with it; another one takes its place. */
  crash(index: number): void {
    this.processes[index] = this.begin()
  }

  /** Time stands still while somebody waits, but what is under way goes on. */
  private async turn(ms: number): Promise<void> {
    this.pauses++
    if (this.passesWhileWaiting) await this.wait(ms)
    else await new Promise(resolve => setImmediate(resolve))
  }

  /** A little time goes on; each process has its round when it is due. */
  private async wait(ms: number): Promise<void> {
    const before = Math.floor(this.time / 500)
    this.time += ms
    if (Math.floor(this.time / 500) === before) return
    for (const { sharing } of this.processes) void sharing.round()
    await new Promise(resolve => setImmediate(resolve))
  }

  /** Whether the request is let in. */
  async request(index: number, caller: Limited): Promise<boolean> {
    const process = this.processes[index]!
    try {
      const hold = await process.rates.enter(caller)
      if (hold) process.holds.push(hold)
      return true
    } catch {
      return false
    }
  }

  /** Time goes on, with the rounds of all processes. */
  async pass(ms: number): Promise<void> {
    for (const end = this.time + ms; this.time < end; ) {
      this.time = Math.min(end, this.time + 500)
      for (const { sharing } of this.processes) await sharing.round()
    }
  }

  inUse(): number {
    return this.processes.reduce((sum, { holds }) => sum + holds.length, 0)
  }
}
