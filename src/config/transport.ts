import type { Vendor } from '../vendors/vendor'
import type { Environment } from './environment'

/**
 * How a vendor is reached. `auto` is our own client, except where the environment names a proxy for the address's
 * scheme: that only `fetch` knows how to use, NO_PROXY included.
 */
export function transportOf(
  said: 'auto' | 'fetch' | undefined,
  baseUrl: string,
  environment: Environment,
): Pick<Vendor, 'transport'> {
  const name = baseUrl.startsWith('https:') ? 'https_proxy' : 'http_proxy'
  const isProxied = Boolean(environment[name] || environment[name.toUpperCase()])
  return said === 'fetch' || isProxied ? { transport: 'fetch' } : {}
}
