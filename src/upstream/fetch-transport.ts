import { Pieces } from '../lib/pieces'
import type { OutgoingRequest } from '../vendors/adapter'
import { type Connection, type Sink, TransportError } from './transport'

/** The transport over Bun's `fetch`: pooled HTTP/1.1, one reader loop a call. */
export function fetchTransport(request: OutgoingRequest, sink: Sink): Connection {
  const call = new FetchCall(sink)
  void call.run(request)
  return call
}

/** Nothing reaches the sink once the call was aborted; every failure before that does. */
class FetchCall implements Connection {
  /** `fetch` does not say when it writes: only a failure to connect is certain. */
  sent = true
  private isAborted = false
  private readonly controller = new AbortController()
  private readonly sink: Sink

  constructor(sink: Sink) {
    this.sink = sink
  }

  abort(): void {
    this.isAborted = true
    this.controller.abort()
  }

  async run(request: OutgoingRequest): Promise<void> {
    try {
      const response = await this.send(request)
      if (this.isAborted) return
      this.sink.head(response.status, response.headers)
      if (response.body) await this.read(response.body)
      if (!this.isAborted) this.sink.end()
    } catch (error) {
      const failure = asTransportError(error)
      if (failure.fault === 'connect') this.sent = false
      if (!this.isAborted) this.sink.fail(failure)
    }
  }

  private send({ url, headers, body: outgoing }: OutgoingRequest): Promise<Response> {
    const body = outgoing instanceof Pieces ? outgoing.join() : outgoing
    // Without a length Bun sends it in chunks; either way it takes no more than the vendor does.
    const length = body instanceof Uint8Array || body.length === undefined ? undefined : String(body.length)
    return fetch(url, {
      method: 'POST',
      // Compressed streams arrive late and would have to be decoded to be metered.
      headers: {
        'user-agent': 'CallMissed',
        'accept-encoding': 'identity',
        ...headers,
        ...(length && { 'content-length': length }),
      },
      body,
      redirect: 'manual',
      decompress: false,
      timeout: false,
      signal: this.controller.signal,
    } as RequestInit)
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader()
    while (!this.isAborted) {
      const { done, value } = await reader.read()
      if (done || this.isAborted) return
      const pause = this.sink.data(value)
      if (pause) await pause
    }
  }
}

const CONNECT_CODES = new Set([
  'ConnectionRefused',
  'ECONNREFUSED',
  'ENOTFOUND',
  'FailedToOpenSocket',
  'EPROTO',
])

/** Bun's error holds the whole URL in `path`: only its code is taken over. */
function asTransportError(error: unknown): TransportError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (CONNECT_CODES.has(code) || code.includes('CERT'))
    return new TransportError('connect', `connect failed (${code})`)
  return new TransportError('reset', `connection lost (${code || 'unknown cause'})`)
}
