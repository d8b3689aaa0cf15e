const SLOTS = 131_072 // a power of two, in ms: the longest delay is about two minutes
const TICK_MS = 1

/** Runs what is due, one millisecond at a time: one timer for all streams, none while there are none. */
export class Calendar<Entry> {
  readonly #slots: (Entry[] | undefined)[] = new Array(SLOTS)
  readonly #run: (entry: Entry, dueMs: number) => void
  #timer: ReturnType<typeof setInterval> | undefined
  #doneMs = 0
  #entries = 0

  constructor(run: (entry: Entry, dueMs: number) => void) {
    this.#run = run
  }

  /** Milliseconds of this calendar's clock, whole. */
  static nowMs(): number {
    return Math.floor(performance.now())
  }

  /** Has `entry` run at `dueMs`: at once if that is over, and never later than the calendar is long. */
  add(entry: Entry, dueMs: number): void {
    if (!this.#timer) {
      this.#doneMs = Calendar.nowMs()
      this.#timer = setInterval(() => this.#tick(), TICK_MS)
    }
    const at = Math.min(Math.max(dueMs, this.#doneMs + 1), this.#doneMs + SLOTS - 1) & (SLOTS - 1)
    const slot = this.#slots[at]
    if (slot) slot.push(entry)
    else this.#slots[at] = [entry]
    this.#entries += 1
  }

  #tick(): void {
    const nowMs = Calendar.nowMs()
    while (this.#doneMs < nowMs) {
      const dueMs = ++this.#doneMs
      const slot = this.#slots[dueMs & (SLOTS - 1)]
      if (!slot) continue
      this.#slots[dueMs & (SLOTS - 1)] = undefined
      this.#entries -= slot.length
      for (const entry of slot) this.#run(entry, dueMs)
    }
    if (this.#entries > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
