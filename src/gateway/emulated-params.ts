/** Tells the caller what its model was brought to that it has not by itself, and by what: `tools=json_schema`. */
export function tellEmulated(response: Response, emulated: readonly string[]): Response {
  if (emulated.length > 0) response.headers.set('x-callmissed-emulated-params', emulated.join(', '))
  return response
}
