/** Over so long it is looked at most often. */
const WINDOW_MS = 500

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
    if (ms < WINDOW_MS) return
    this.perSecond = ((sum - this.sum) * 1_000n) / BigInt(ms)
    this.sum = sum
    this.at = now
  }
}
