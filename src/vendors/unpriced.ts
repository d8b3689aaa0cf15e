import type { GatewayError } from '../errors'
import { unsupported } from '../wire/field'

/** The refusal of what is billed by the call, where nothing says what that costs: it would be neither reserved nor charged. */
export function unpricedCall(param: string): GatewayError {
  return unsupported(param, 'it is billed by the call, and the price of this model has no `request` rate')
}

/** The refusal of what costs more than the price that is known. */
export function dearer(param: string): GatewayError {
  return unsupported(param, 'it costs another price than the one that we know')
}
