import type { Pieces } from '../lib/pieces'
import type { TransportError } from './transport-error'

/** One request as it goes out. A frozen `headers` may be sent again: what it looks like on the wire is then kept. */
export interface HttpRequest {
  url: string
  headers: Readonly<Record<string, string>>
  body: Uint8Array | Pieces
  /** POST where it is left out. */
  method?: 'POST' | 'GET' | 'HEAD'
}

/** An answer's headers, read when somebody asks. */
export interface HeaderFields {
  /** The field's value, several of them joined by commas; null where there is none. The name is in lower case. */
  get(name: string): string | null
}

/** Receives one answer: `head` once, then `data` any number of times, then exactly one of `end` and `fail`. */
export interface Sink {
  /** Comes before a byte of the request leaves. Where it throws none does, and the call fails as `withheld` by that cause. */
  leaves?(): void
  head(status: number, headers: HeaderFields): void
  /** The bytes are the sink's from here on. A returned promise holds the sender back until it settles. */
  data(bytes: Uint8Array): void | Promise<void>
  end(): void
  fail(error: TransportError): void
}

/** A call under way. The sink hears nothing before it was handed out, and nothing after `abort`. */
export interface Connection {
  /** False only while it is certain that no byte of the request has left. */
  readonly sent: boolean
  /** Closes the connection at once. */
  abort(): void
}
