/** How soon those who wait for other processes ask again, and how soon what others wait for is given back. */
const SOON_MS = 50

export interface RoundsDeps {
  later: (run: () => void, delayMs: number) => void
  /** One round. Never rejects. */
  run: () => Promise<void>
}

/** Rounds of asking, never two at once: whoever wants one while one is under way is part of the next. */
export class Rounds {
  /** Settles once the last round that was begun is over. */
  over: Promise<void> = Promise.resolve()
  private isRunning = false
  private isDue = false
  private isSoon = false
  private isAgain = false
  private readonly deps: RoundsDeps

  constructor(deps: RoundsDeps) {
    this.deps = deps
  }

  /** Everything that happens in this turn of the loop is said in one round. */
  wake(): void {
    this.isAgain = this.isRunning
    if (this.isRunning || this.isDue) return
    this.isDue = true
    this.deps.later(() => {
      this.isDue = false
      this.over = this.round()
    }, 0)
  }

  wakeSoon(): void {
    if (this.isSoon) return
    this.isSoon = true
    this.deps.later(() => {
      this.isSoon = false
      this.wake()
    }, SOON_MS)
  }

  private async round(): Promise<void> {
    if (this.isRunning) return
    this.isRunning = true
    await this.deps.run()
    this.isRunning = false
    if (this.isAgain) this.wake()
  }
}
