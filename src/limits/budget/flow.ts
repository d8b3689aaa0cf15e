/** Over so long it is looked at before it may fall. */
const WINDOW_MS = 500
/** What comes faster than before is seen sooner: who begins would ask again and again for little meanwhile. */
const RISE_MS = 50

/** How much went through something in a second, of late. Exact in integers, rounded down. */
export class Flow {
  perSecond = 0n
  private sum = 0n
  private at: number

  constructor(now: number) {
    this.at = now
  }

  /** Takes note of all that has gone through so far. */
  note(sum: bigint, now: number): void {
    const ms = Math.ceil(now - this.at)
    if (ms < RISE_MS) return
    const perSecond = ((sum - this.sum) * 1_000n) / BigInt(ms)
    if (ms < WINDOW_MS && perSecond <= this.perSecond) return
    this.perSecond = perSecond
    if (ms < WINDOW_MS) return
    this.sum = sum
    this.at = now
  }
}
