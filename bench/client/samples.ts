import { quantile } from '../statistics.ts'

const MAX_SAMPLES = 4_000_000

/** What a list of samples comes to. */
export interface Summary {
  count: number
  p50: number
  p99: number
  max: number
}

/** A growing list of numbers without an object per number; when four million are in, further ones are left out. */
export class Samples {
  #values = new Float64Array(4096)
  #count = 0

  add(value: number): void {
    if (this.#count === this.#values.length) {
      if (this.#count >= MAX_SAMPLES) return
      const wider = new Float64Array(this.#count * 2)
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values[this.#count++] = value
  }

  get summary(): Summary {
    const sorted = this.#values.slice(0, this.#count).sort()
    const max = sorted[sorted.length - 1] ?? Number.NaN
    return { count: this.#count, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max }
  }
}
