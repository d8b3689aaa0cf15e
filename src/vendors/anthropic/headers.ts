import type { Vendor } from '../vendor'

const VERSION = '2023-06-01'

/** What every request to this vendor carries. A header of the account's own `anthropic-beta` is kept beside ours. */
export function headersFor(
  vendor: Vendor,
  stream: boolean,
  betas: readonly string[] = [],
): Record<string, string> {
  const own = vendor.headers['anthropic-beta']
  const all = own === undefined ? betas : [own, ...betas]
  return {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    'anthropic-version': VERSION,
    ...(vendor.credential && { 'x-api-key': vendor.credential }),
    ...vendor.headers,
    ...(all.length > 0 && { 'anthropic-beta': all.join(',') }),
  }
}
