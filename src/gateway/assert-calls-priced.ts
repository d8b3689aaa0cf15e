import type { Deployment } from '../routing/plan'
import type { ChatRequest } from '../wire/chat-request'
import { unsupported } from '../wire/field'

/**
 * Throws `unsupported_parameter` (400) naming the member that has the vendor search or read by itself, which it bills by
 * the call, where nothing says what that costs: what has no price is neither reserved nor charged, so it is not sold.
 */
export function assertCallsPriced({ buys }: ChatRequest, { price }: Deployment): void {
  if (buys !== undefined && price.rates.request === undefined)
    throw unsupported(buys, 'it is billed by the call, and the price of this model has no `request` rate')
}
