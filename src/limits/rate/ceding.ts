import { LIMIT_KINDS, type LimitKind } from '../../db/limits'
import type { Lot } from './lot'

/** So much others lack, in units. */
export type Needs = Partial<Record<LimitKind, number>>

export interface CedingDeps {
  pause(ms: number): Promise<void>
  /** Gives of these what is not used. Never rejects. */
  cede(needs: ReadonlyMap<Lot, Needs>): Promise<void>
}

/** What others lack is given together, so often at most. */
const REST_MS = 50
const MOST_LOTS = 500

/** Gives what other processes lack: at once after a rest, and all that is asked for during one in one go. */
export class Ceding {
  private readonly needs = new Map<Lot, Needs>()
  private isRunning = false
  private readonly deps: CedingDeps

  constructor(deps: CedingDeps) {
    this.deps = deps
  }

  add(lot: Lot, needs: Needs): void {
    const before = this.needs.get(lot) ?? {}
    for (const kind of LIMIT_KINDS) {
      const need = needs[kind]
      if (need !== undefined) before[kind] = Math.max(before[kind] ?? 0, need)
    }
    this.needs.set(lot, before)
    if (!this.isRunning) void this.run()
  }

  private async run(): Promise<void> {
    this.isRunning = true
    while (this.needs.size > 0) {
      const needs = new Map([...this.needs].slice(0, MOST_LOTS))
      for (const lot of needs.keys()) this.needs.delete(lot)
      await this.deps.cede(needs)
      await this.deps.pause(REST_MS)
    }
    this.isRunning = false
  }
}
