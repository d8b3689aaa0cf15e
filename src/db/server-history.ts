import type { Clock } from '../lib/clock'

/** Between two changes that no identity shows: each makes every process read everything anew. */
const UNKNOWN_EVERY_MS = 30_000

/** Tells whether another server may have come in the place of the one that was read: asked again after each doubt. */
export class ServerHistory {
  private known: { identity: string | undefined } | undefined
  private isSure = false
  private supposedAt = Number.NEGATIVE_INFINITY
  private readonly identity: (() => Promise<string | undefined>) | undefined
  private readonly clock: Pick<Clock, 'now'>

  /**
   * `identity` says which history the server is on, undefined where it cannot tell; without it there is only one server.
   * `known`: which one was read until now.
   */
  constructor(
    identity: (() => Promise<string | undefined>) | undefined,
    clock: Pick<Clock, 'now'>,
    known?: string,
  ) {
    this.identity = identity
    this.clock = clock
    if (known !== undefined) this.known = { identity: known }
  }

  /** Something failed: whoever answers next may be another one. */
  doubt(): void {
    this.isSure = false
  }

  /**
   * Whether it is another one than when this was last asked, or may be; where that cannot be told, it may be once in 30 s, and a
   * doubt within them lasts until they are over. Throws what `identity` throws.
   */
  async hasChanged(): Promise<boolean> {
    if (this.isSure || !this.identity) return false
    const before = this.known
    const identity = await this.identity()
    const isSame = !before || (identity !== undefined && identity === before.identity)
    if (!isSame && (identity === undefined || before.identity === undefined) && !this.maySuppose())
      return false
    this.known = { identity }
    this.isSure = true
    return !isSame
  }

  private maySuppose(): boolean {
    const now = this.clock.now()
    if (now - this.supposedAt < UNKNOWN_EVERY_MS) return false
    this.supposedAt = now
    return true
  }
}
