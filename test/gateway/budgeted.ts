import { afterAll, afterEach, beforeAll, beforeEach } from 'bun:test'
import type { Caller } from '../../src/auth/caller'
import { newKey } from '../../src/auth/key-format'
import type { Budget } from '../../src/db/budget'
import type { Purse } from '../../src/db/budget-sql'
import { chargesOf } from '../../src/db/lease-charges'
import { watchBudgets } from '../../src/gateway/watch-budgets'
import { newId } from '../../src/lib/id'
import type { Budgets } from '../../src/limits/budget/budgets'
import { anyCaller } from '../auth/any-caller'
import { Authority, purseAt } from '../limits/budget/authority'
import { budgetsOn } from '../limits/budget/budgets-on'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK } from './stream-text'

export const CENT = 10_000_000_000n
export const MODEL = 'm-2026-01'
/** A token of an answer, at $10 for a million. */
export const OUTPUT_PICO = 10_000_000n

export interface BudgetedKey {
  key: string
  caller: Caller
  purse: Purse
}

/** A gateway whose budgets an authority in memory deals out, anew for each test; its vendor is that of all of them. */
export class BudgetedWorld {
  vendor!: Vendor
  gateway!: TestGateway
  budgets!: Budgets
  authority!: Authority
  /** While it is, the authority cannot be asked. */
  isAway = false
  /** The least that a slice ever had, or that was ever said to be held of one. */
  leastPicoUsd = 0n
  private booked = 0

  begin(): void {
    const { vendor } = this
    this.authority = new Authority()
    this.isAway = false
    this.leastPicoUsd = 0n
    this.booked = 0
    this.budgets = budgetsOn({
      takeTurns: async turns => {
        if (this.isAway) throw new Error('away')
        const dealt = this.authority.takeTurns('one', turns)
        this.note(turns.map(({ usedPicoUsd }) => usedPicoUsd))
        return dealt
      },
    })
    this.gateway = startGateway({ vendors: { acme: vendor.url, second: vendor.url }, budgets: this.budgets })
    this.gateway.deps.ticker.add(this.budgets)
    watchBudgets(this.gateway.deps)
  }

  /** A key with a budget, which the authority knows too; its purse to look it up there. */
  key(limitPicoUsd: bigint, period: Budget['period'] = 'total'): BudgetedKey {
    const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
    const budget = { limitPicoUsd, period }
    const caller = anyCaller(key, { keyId: newId(), tenantId: newId(), budget })
    this.authority.budgets.set(caller.keyId, budget)
    this.gateway.keyring.put(caller)
    return { key, caller, purse: purseAt(caller.tenantId, caller.keyId, period, Date.now()) }
  }

  /** Changes a key's budget, as when its change has reached this process. */
  change({ caller }: BudgetedKey, budget: Budget | null): void {
    if (budget) this.authority.budgets.set(caller.keyId, budget)
    else this.authority.budgets.delete(caller.keyId)
    const version = (this.gateway.keyring.known(caller.hash)?.version ?? 0) + 1
    this.gateway.keyring.put({ ...caller, version, budget })
    this.budgets.changed(caller.keyId)
  }

  ask(key: string, body: object = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(`${this.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...ASK, stream: false, ...body }),
      ...(signal && { signal }),
    })
  }

  /** What all that was recorded cost. */
  get costPicoUsd(): bigint {
    return this.gateway.records.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n)
  }

  /** Stores what was recorded, as the shipper does. */
  ship(): void {
    const records = this.gateway.records.slice(this.booked)
    this.booked = this.gateway.records.length
    this.authority.book(records)
    this.budgets.booked(chargesOf(records))
    this.note([])
  }

  /** Waits until everything is recorded, booked and told. */
  async rest(purse: Purse): Promise<void> {
    await until(() => {
      this.ship()
      return this.gateway.limits.inFlight === 0 && this.authority.reserved(purse) === 0n
    })
  }

  async forgetRecords(): Promise<void> {
    await this.gateway.forgetRecords()
    this.booked = 0
  }

  private note(told: readonly bigint[]): void {
    const slices = [...this.authority.slices.values()].flatMap(({ amount, used }) => [amount, used])
    for (const sum of [...told, ...slices]) if (sum < this.leastPicoUsd) this.leastPicoUsd = sum
  }
}

/** For all tests of the file that calls this at its beginning. */
export function budgetedWorld(): BudgetedWorld {
  const world = new BudgetedWorld()
  beforeAll(async () => {
    world.vendor = await startVendor()
  })
  beforeEach(() => world.begin())
  afterEach(async () => {
    await world.gateway.stop()
    await world.vendor.clear()
  })
  afterAll(() => world.vendor.stop())
  return world
}

export async function errorOf(response: Response): Promise<Record<string, string>> {
  return ((await response.json()) as { error: Record<string, string> }).error
}

export async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < 2_000; look++) {
    if (isSo()) return
    await Bun.sleep(10)
  }
  throw new Error('it never became so')
}
