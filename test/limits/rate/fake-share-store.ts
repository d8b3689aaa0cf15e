import { recallText } from '../../../src/db/recall'
import type { SharedLimits } from '../../../src/db/shared-limits'
import { isForgettable, isShort, shareOut } from '../../../src/limits/rate/share-out'
import { recallsIn } from '../../../src/limits/rate/share-store'
import type { ShareStore } from '../../../src/limits/rate/sharing'

const LEASE_MS = 10_000

/** The store of a simulation: the real exchange, by a clock that the test moves, with faults that it chooses. */
export class FakeShareStore implements ShareStore {
  readonly rows = new Map<string, SharedLimits>()
  readonly leases = new Map<string, number>()
  /** `lost`: the exchange stands, the answer does not arrive. `away`: nothing happens. */
  fault: 'none' | 'lost' | 'away' = 'none'
  /** What each exchange waits for when it stands, before its answer is heard. */
  onItsWay: Promise<void> | undefined
  /** Whether they do. */
  wakes = true
  /** Who hears when another process lacks some. */
  readonly listeners = new Set<(text: string) => void>()
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  get live(): Set<string> {
    return new Set([...this.leases].flatMap(([id, until]) => (until > this.now() ? [id] : [])))
  }

  async renew(processId: string) {
    this.assertThere()
    const until = this.leases.get(processId)
    const isKept = until === undefined || until > this.now()
    if (isKept) this.leases.set(processId, this.now() + LEASE_MS)
    this.assertAnswered()
    return { isKept, others: this.live.size - (isKept ? 1 : 0) }
  }

  exchange: ShareStore['exchange'] = async (processId, reports) => {
    this.assertThere()
    const sharers = { self: processId, leases: this.leases, now: this.now() }
    if (!this.live.has(processId)) return undefined
    const given = new Map()
    for (const [lot, report] of reports) {
      const result = shareOut(this.rows.get(lot.subjectId), report, sharers)
      if (result.given) given.set(lot, result.given)
      const needs = recallsIn(report, result.given)
      if (Object.keys(needs).length > 0)
        this.recall(recallText({ subjectId: lot.subjectId, processId, needs }))
      if (isForgettable(result.after, this.now())) this.rows.delete(lot.subjectId)
      else this.rows.set(lot.subjectId, result.after)
    }
    this.assertAnswered()
    await this.onItsWay
    return given
  }

  async short() {
    this.assertThere()
    return [...this.rows]
      .filter(([, shares]) => isShort(shares))
      .map(([subjectId, shares]) => ({ subjectId, shares: structuredClone(shares) }))
  }

  private recall(text: string): void {
    if (!this.wakes) return
    queueMicrotask(() => {
      for (const hear of this.listeners) hear(text)
    })
  }

  async end(processId: string) {
    this.leases.set(processId, this.now())
  }

  async prune() {}

  private assertThere(): void {
    if (this.fault === 'away') throw new Error('away')
  }

  private assertAnswered(): void {
    if (this.fault === 'lost') throw new Error('the answer is lost')
  }
}
