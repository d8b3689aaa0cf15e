import type { UpstreamRequest } from '../vendors/adapter'
import { type Connection, type Sink, TransportError } from './transport'

/** The transport over Bun's `fetch`: pooled HTTP/1.1, one reader loop a call. */
export function fetchTransport(request: UpstreamRequest, sink: Sink): Connection {
  const controller = new AbortController()
  const guarded = guard(sink, controller.signal)
  // Every failure is told to the sink, so the promise has nothing left to say.
  void run(request, guarded, controller.signal).catch(error => guarded.fail(asTransportError(error)))
  return { abort: () => controller.abort() }
}

async function run(request: UpstreamRequest, sink: Sink, signal: AbortSignal): Promise<void> {
  const response = await fetch(request.url, {
    method: 'POST',
    // Compressed streams arrive late and would have to be decoded to be metered.
    headers: { 'user-agent': 'CallMissed', 'accept-encoding': 'identity', ...request.headers },
    body: request.body,
    redirect: 'manual',
    decompress: false,
    timeout: false,
    signal,
  } as RequestInit)
  sink.head(response.status, response.headers)
  if (!response.body) return sink.end()
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return sink.end()
    const pause = sink.data(value)
    if (pause) await pause
  }
}

/** Nothing reaches the sink once the call was aborted. */
function guard(sink: Sink, signal: AbortSignal): Sink {
  return {
    head: (status, headers) => (signal.aborted ? undefined : sink.head(status, headers)),
    data: bytes => (signal.aborted ? undefined : sink.data(bytes)),
    end: () => (signal.aborted ? undefined : sink.end()),
    fail: error => (signal.aborted ? undefined : sink.fail(error)),
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
