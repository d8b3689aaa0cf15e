import type { Vendor } from '../vendor'

const madeFor = new WeakMap<Vendor, Map<string, Readonly<Record<string, string>>>>()

/**
 * What every JSON request to this account carries. The same frozen object each time, so that a transport need not
 * write it out again.
 */
export function headersFor(vendor: Vendor, accept: string): Readonly<Record<string, string>> {
  const made = madeFor.get(vendor) ?? new Map<string, Readonly<Record<string, string>>>()
  const known = made.get(accept)
  if (known) return known
  const headers = Object.freeze({
    'content-type': 'application/json',
    accept,
    ...(vendor.credential && { authorization: `Bearer ${vendor.credential}` }),
    ...vendor.headers,
  })
  madeFor.set(vendor, made.set(accept, headers))
  return headers
}
