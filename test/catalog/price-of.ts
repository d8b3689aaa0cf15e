import type { Price } from '../../src/catalog/price'
import { type PriceSpec, parsePrice } from '../../src/catalog/rate'

/** A price as `callmissed.yaml` writes it. */
export function priceOf(spec: PriceSpec): Price {
  const parsed = parsePrice(spec)
  if (!('price' in parsed)) throw new Error('the tests have a wrong price')
  return parsed.price
}

/** What the tests' models cost. */
export const USUAL = { input: '2.50', cached_input: '0.25', output: '10.00' }
/** The same where searches are known to cost nothing besides. */
export const SEARCHING = priceOf({ ...USUAL, request: '0' })
