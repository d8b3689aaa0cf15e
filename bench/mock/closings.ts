const MAX_KEPT = 50_000

/** When the sockets of unfinished streams closed (µs, shared clock), by the stream's id; the oldest go first when full. */
export class Closings {
  readonly #at = new Map<number, number>()

  note(id: number, closedUs: number): void {
    if (this.#at.size >= MAX_KEPT) this.#at.delete(this.#at.keys().next().value!)
    this.#at.set(id, closedUs)
  }

  /** All that were noted since the last call, as a JSON object. */
  take(): string {
    const json = JSON.stringify(Object.fromEntries(this.#at))
    this.#at.clear()
    return json
  }
}
