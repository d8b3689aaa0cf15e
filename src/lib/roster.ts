/**
 * Those who are there at the moment, in no order. A Set or a Map that many pass through keeps them from being collected:
 * each time it is cleared of what was deleted, the engine makes a new table, and the old one, which was there before,
 * goes on naming the new one and all who were in both until everything is collected. Here whoever leaves is named no more. It has as many places as were ever taken at once.
 */
export class Roster<T extends object> {
  private readonly places: (T | undefined)[] = []
  private readonly free: number[] = []

  get size(): number {
    return this.places.length - this.free.length
  }

  /** Its place, by which it is taken out again. What is added twice is there twice. */
  add(item: T): number {
    const place = this.free.pop() ?? this.places.length
    this.places[place] = item
    return place
  }

  /** False if the item is not there, or not any more. */
  delete(item: T, place: number | undefined): boolean {
    if (place === undefined || this.places[place] !== item) return false
    this.places[place] = undefined
    this.free.push(place)
    return true
  }

  /** Whoever is deleted meanwhile does not come; whoever is added may. */
  *[Symbol.iterator](): Generator<T, void> {
    for (let place = 0; place < this.places.length; place++) {
      const item = this.places[place]
      if (item) yield item
    }
  }
}
