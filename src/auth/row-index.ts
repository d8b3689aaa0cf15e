const EMPTY = 0
const LEAST_SLOTS = 1_024

/**
 * Finds the numbers of rows by 32 bits of what they hold, in four bytes a slot: an open hash table, at most half full.
 * The bits must be spread evenly, as those of a hash or of a random id are.
 */
export class RowIndex {
  /** Row numbers plus one. */
  private slots = new Uint32Array(LEAST_SLOTS)
  private count = 0
  private readonly bitsOf: (row: number) => number

  constructor(bitsOf: (row: number) => number) {
    this.bitsOf = bitsOf
  }

  get size(): number {
    return this.count
  }

  /** The row with these bits that `isIt`. */
  find(bits: number, isIt: (row: number) => boolean): number | undefined {
    for (let at = this.home(bits); ; at = this.next(at)) {
      const slot = this.slots[at] ?? EMPTY
      if (slot === EMPTY) return undefined
      if (isIt(slot - 1)) return slot - 1
    }
  }

  add(row: number): void {
    if (2 * (this.count + 1) > this.slots.length) this.resize(2 * this.slots.length)
    this.place(row + 1)
    this.count++
  }

  /** Takes a row out, whose bits must still be what they were. */
  delete(row: number): void {
    let gap = this.home(this.bitsOf(row))
    while (this.slots[gap] !== row + 1) {
      if (this.slots[gap] === EMPTY) return
      gap = this.next(gap)
    }
    // What was pushed aside moves back, so that no search ends before it.
    for (let at = this.next(gap); this.slots[at] !== EMPTY; at = this.next(at)) {
      const slot = this.slots[at] ?? EMPTY
      if (this.distance(this.home(this.bitsOf(slot - 1)), at) < this.distance(gap, at)) continue
      this.slots[gap] = slot
      gap = at
    }
    this.slots[gap] = EMPTY
    this.count--
  }

  /** Every row. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (const slot of this.slots) if (slot !== EMPTY) yield slot - 1
  }

  private place(slot: number): void {
    let at = this.home(this.bitsOf(slot - 1))
    while (this.slots[at] !== EMPTY) at = this.next(at)
    this.slots[at] = slot
  }

  private resize(length: number): void {
    const before = this.slots
    this.slots = new Uint32Array(length)
    for (const slot of before) if (slot !== EMPTY) this.place(slot)
  }

  private home(bits: number): number {
    return bits & (this.slots.length - 1)
  }

  private next(at: number): number {
    return (at + 1) & (this.slots.length - 1)
  }

  private distance(from: number, to: number): number {
    return (to - from) & (this.slots.length - 1)
  }
}
