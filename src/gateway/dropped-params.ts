import { printable } from '../wire/json-request'

const MOST_NAMES = 32

/** Tells the caller which of its parameters mean nothing to the model's vendor. */
export function tellDropped(response: Response, dropped: readonly string[]): Response {
  if (dropped.length === 0) return response
  // A caller's own key may hold what no header can.
  const names = dropped.filter(name => printable(name) !== null).slice(0, MOST_NAMES)
  if (names.length > 0) response.headers.set('x-callmissed-dropped-params', names.join(', '))
  return response
}
