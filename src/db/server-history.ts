/** Tells whether another server may have come in the place of the one that was read: asked again after each doubt. */
export class ServerHistory {
  private known: { identity: string | undefined } | undefined
  private isSure = false
  private readonly identity: (() => Promise<string | undefined>) | undefined

  /** `identity` says which history the server is on, undefined where it cannot tell; without it there is only one server. */
  constructor(identity: (() => Promise<string | undefined>) | undefined) {
    this.identity = identity
  }

  /** Something failed: whoever answers next may be another one. */
  doubt(): void {
    this.isSure = false
  }

  /** Whether it is another one than when this was last asked, or may be. Throws what `identity` throws. */
  async hasChanged(): Promise<boolean> {
    if (this.isSure || !this.identity) return false
    const before = this.known
    const identity = await this.identity()
    this.known = { identity }
    this.isSure = true
    return before !== undefined && (identity === undefined || identity !== before.identity)
  }
}
