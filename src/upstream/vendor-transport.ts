import { Client, type ClientOptions } from '../http1/client'
import { fetchTransport } from './fetch-transport'
import type { Transport } from './transport'

/** Compressed streams arrive late and would have to be decoded to be metered. */
const HEADERS = { 'user-agent': 'CallMissed', 'accept-encoding': 'identity' }

/**
 * Our own client for what is hot; `fetch` where the vendor's account says so (a proxy or HTTP/2 in between), and for
 * a body that goes out while it arrives.
 */
export function vendorTransport(
  deps: Pick<ClientOptions, 'clock' | 'ticker' | 'ca' | 'addressOf'>,
): Transport {
  const client = new Client({ ...deps, headers: HEADERS })
  return (request, sink, via) => {
    const { url, headers, body } = request
    if (via.transport === 'fetch' || !(body instanceof Uint8Array)) return fetchTransport(request, sink)
    return client.send({ url, headers, body }, sink, via.timeouts.connect * 1000)
  }
}
