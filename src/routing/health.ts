import type { Clock } from '../lib/clock'

/** This many failures in a row set a deployment aside. */
const FAILURES = 3
const SHORTEST_MS = 5_000
const LONGEST_MS = 60_000
/** A vendor's own wait is honoured up to here: a slip of its clock must not lose us a deployment for a day. */
const LONGEST_WAIT_MS = 3_600_000

interface State {
  failures: number
  coolingUntil: number
}

/** Which deployments are cooling. Holds one entry a deployment that failed, so no more than are configured. */
export class Health {
  private readonly states = new Map<string, State>()
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  isCooling(deployment: string): boolean {
    const state = this.states.get(deployment)
    return state !== undefined && this.clock.now() < state.coolingUntil
  }

  /** How many deployments are set aside now. */
  get cooling(): number {
    return [...this.states.keys()].filter(deployment => this.isCooling(deployment)).length
  }

  succeeded(deployment: string): void {
    this.states.delete(deployment)
  }

  /**
   * Sets a deployment aside after three failures in a row (5 s, doubling to 60 s), at once for a vendor's own
   * `waitMs`, and at once for 60 s where its account is refused: that does not mend itself.
   */
  failed(deployment: string, waitMs: number | null, accountRefused: boolean): void {
    const state = this.states.get(deployment) ?? { failures: 0, coolingUntil: 0 }
    state.failures++
    const coolMs = accountRefused ? LONGEST_MS : coolingMs(state.failures, waitMs)
    state.coolingUntil = Math.max(state.coolingUntil, this.clock.now() + coolMs)
    this.states.set(deployment, state)
  }
}

function coolingMs(failures: number, waitMs: number | null): number {
  if (waitMs !== null) return Math.min(waitMs, LONGEST_WAIT_MS)
  if (failures < FAILURES) return 0
  return Math.min(SHORTEST_MS * 2 ** (failures - FAILURES), LONGEST_MS)
}
