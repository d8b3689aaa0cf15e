import { systemClock as clock } from '../../src/lib/clock'
import { Ticker } from '../../src/lib/ticker'
import type { Connection, HeaderFields, Transport, TransportError } from '../../src/upstream/transport'
import { vendorTransport } from '../../src/upstream/vendor-transport'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'

const transport = vendorTransport({ clock, ticker: new Ticker(clock) })
const { connect: _, ...rest } = DEFAULT_TIMEOUTS
const timeouts = { ...rest, connect: 2 }

/** Our own client and `fetch`, each as an account chooses it. */
export const TRANSPORTS: [name: 'own' | 'fetch', transport: (...given: FirstTwo) => Connection][] = [
  ['own', (request, sink) => transport(request, sink, { timeouts })],
  ['fetch', (request, sink) => transport(request, sink, { timeouts, transport: 'fetch' })],
]
type FirstTwo = [Parameters<Transport>[0], Parameters<Transport>[1]]

/** What a sink heard of one call. */
export interface Heard {
  said: string[]
  bytes: Buffer[]
  headers?: HeaderFields
  error?: TransportError
  connection: Connection
  over: Promise<void>
}

/** POSTs `{}`; the vendor answers it by the script `s`. */
export function send(
  dial: (typeof TRANSPORTS)[number][1],
  url: string,
  hold?: (heard: Heard) => Promise<void> | undefined,
): Heard {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const heard = { said: [], bytes: [], over } as unknown as Heard
  heard.connection = dial(
    { url, headers: { 'x-script': 's' }, body: Buffer.from('{}') },
    {
      head(status, headers) {
        heard.said.push(`head ${status}`)
        heard.headers = headers
      },
      data(bytes) {
        heard.said.push('data')
        heard.bytes.push(Buffer.from(bytes))
        return hold?.(heard)
      },
      end() {
        heard.said.push('end')
        resolve()
      },
      fail(error) {
        heard.said.push(`fail ${error.fault}`)
        heard.error = error
        resolve()
      },
    },
  )
  return heard
}
