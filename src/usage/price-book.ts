import type { Price } from '../catalog/price'

/**
 * The prices that requests go by, each stored before the first record that names it: so any row of the ledger can be
 * recomputed from the database alone, whatever the catalog says later. It holds as many as the catalogs of this process,
 * and of the dead ones that it settled, have.
 */
export class PriceBook {
  private readonly unstored = new Map<string, Price>()
  private readonly stored = new Set<string>()

  note(price: Price): void {
    if (!this.stored.has(price.version)) this.unstored.set(price.version, price)
  }

  /** Stores what is not stored yet together with what `store` stores besides; if it rejects, it is all to be stored again. */
  async storing(store: (prices: readonly Price[]) => Promise<void>): Promise<void> {
    const prices = [...this.unstored.values()]
    await store(prices)
    for (const { version } of prices) {
      this.unstored.delete(version)
      this.stored.add(version)
    }
  }
}
