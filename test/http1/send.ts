import { Client, type ClientOptions } from '../../src/http1/client'
import type { Connection, HeaderFields, HttpRequest } from '../../src/http1/sink'
import type { TransportError } from '../../src/http1/transport-error'
import { type Clock, systemClock } from '../../src/lib/clock'
import { Ticker } from '../../src/lib/ticker'

/** What a sink heard of one call. */
export interface Heard {
  /** `head 200`, `data`, `end`, `fail reset`. */
  said: string[]
  body: Buffer
  pieces: Uint8Array[]
  headers: HeaderFields | undefined
  error: TransportError | undefined
  connection: Connection
  over: Promise<Heard>
}

export function newClient(options: Partial<ClientOptions> & { clock?: Clock } = {}) {
  const clock = options.clock ?? systemClock
  const ticker = options.ticker ?? new Ticker(clock, 20)
  return new Client({ headers: { 'user-agent': 'Test' }, ...options, clock, ticker })
}

export function send(
  client: Client,
  request: Partial<HttpRequest> & { url: string },
  hold?: (heard: Heard) => void | Promise<void>,
  timeoutMs = 2_000,
  leaves?: () => void,
): Heard {
  const { promise: over, resolve } = Promise.withResolvers<Heard>()
  const heard = {
    said: [],
    body: Buffer.alloc(0),
    pieces: [],
    headers: undefined,
    error: undefined,
    over,
  } as unknown as Heard
  heard.connection = client.send(
    { headers: {}, body: Buffer.from('{}'), ...request },
    {
      ...(leaves && { leaves }),
      head(status, headers) {
        heard.said.push(`head ${status}`)
        heard.headers = headers
      },
      data(bytes) {
        heard.said.push('data')
        heard.pieces.push(bytes)
        heard.body = Buffer.concat([heard.body, bytes])
        return hold?.(heard)
      },
      end() {
        heard.said.push('end')
        resolve(heard)
      },
      fail(error) {
        heard.said.push(`fail ${error.fault}`)
        heard.error = error
        resolve(heard)
      },
    },
    timeoutMs,
  )
  return heard
}

/** Waits until it is true; throws after 5 s. */
export async function until(isTrue: () => boolean): Promise<void> {
  for (let waited = 0; !isTrue(); waited += 2) {
    if (waited > 5_000) throw new Error('it did not become true in 5 s')
    await Bun.sleep(2)
  }
}

export const HELLO = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'
