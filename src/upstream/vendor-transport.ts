import { Client, type ClientOptions } from '../http1/client'
import { Refused } from '../http1/refused'
import type { HttpRequest } from '../http1/sink'
import { isStreamed, type OutgoingRequest } from '../vendors/adapter'
import { fetchTransport } from './fetch-transport'
import { type Transport, TransportError } from './transport'

/** Compressed streams arrive late and would have to be decoded to be metered. */
const HEADERS = { 'user-agent': 'CallMissed', 'accept-encoding': 'identity' }

/**
 * Our own client for what is hot; `fetch` where the vendor's account says so (a proxy stands in between), and for a
 * body that goes out while it arrives.
 */
export function vendorTransport(
  deps: Pick<ClientOptions, 'clock' | 'ticker' | 'ca' | 'addressOf'>,
): Transport {
  const client = new Client({ ...deps, headers: HEADERS })
  return (request, sink, via) => {
    if (via.transport !== 'fetch' && isWhole(request))
      return client.send(request, sink, via.timeouts.connect * 1000)
    try {
      sink.leaves?.()
    } catch (cause) {
      return new Refused(sink, new TransportError('withheld', 'the request did not leave', cause))
    }
    return fetchTransport(request, sink)
  }
}

function isWhole(request: OutgoingRequest): request is OutgoingRequest & HttpRequest {
  return !isStreamed(request.body)
}
