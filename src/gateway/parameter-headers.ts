import { printable } from '../wire/json-request'
import type { Call } from './call'

const MOST_NAMES = 32

/**
 * Tells the caller which of its parameters mean nothing to the model's vendor, and what its model was brought to that it
 * has not by itself, and by what: `tools=json_schema`.
 */
export function withParameterHeaders(
  response: Response,
  { dropped, emulated }: Pick<Call, 'dropped' | 'emulated'>,
): Response {
  if (dropped.length > 0) {
    // A caller's own key may hold what no header can.
    const names = dropped.filter(name => printable(name) !== null).slice(0, MOST_NAMES)
    if (names.length > 0) response.headers.set('x-callmissed-dropped-params', names.join(', '))
  }
  if (emulated.length > 0) response.headers.set('x-callmissed-emulated-params', emulated.join(', '))
  return response
}
