import { GatewayError } from '../errors'

const HEADER = 'x-callmissed-on-disconnect'

/**
 * Whether a caller asks that its answer be read to its end should it leave, so that its usage is the vendor's own.
 * Throws `invalid_value` for anything else that its header says.
 */
export function asksForDrain(headers: Headers): boolean {
  const value = headers.get(HEADER)
  if (value === null) return false
  if (value === 'drain') return true
  throw new GatewayError('invalid_value', `Invalid '${HEADER}': expected 'drain'.`, { param: HEADER })
}
