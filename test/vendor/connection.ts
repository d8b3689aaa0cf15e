import type { Socket } from 'bun'
import type { Entry, Ledger } from './ledger'
import { header, type ReceivedRequest, RequestReader } from './request'

/** Answers one request on a connection; the connection reads the next one when it has settled. */
export type Handler = (request: ReceivedRequest, connection: Connection) => Promise<void>

/** One TCP connection: requests in, bytes out, and who ended it. */
export class Connection {
  /** Ordinal among all that were accepted. */
  readonly id: number
  readonly #socket: Socket<undefined>
  readonly #ledger: Ledger
  readonly #handle: Handler
  readonly #reader = new RequestReader()
  #outbox: Buffer | undefined
  #pause: { until: 'drain' | 'close'; resume: () => void } | undefined
  #busy = false
  /** Nothing more can be sent: either side has closed. */
  closed = false
  /** The call in progress. */
  entry: Entry | undefined

  constructor(id: number, socket: Socket<undefined>, ledger: Ledger, handle: Handler) {
    this.id = id
    this.#socket = socket
    this.#ledger = ledger
    this.#handle = handle
  }

  receive(data: Buffer): void {
    try {
      this.#reader.push(data)
      this.#next()
    } catch {
      this.reset()
    }
  }

  /** Sends bytes; false when some of them wait for the peer to read: then `ready()` says when they are gone. */
  write(data: string | Uint8Array): boolean {
    if (this.closed) return true
    if (this.#outbox) {
      this.#outbox = Buffer.concat([this.#outbox, Buffer.from(data as string)])
      return false
    }
    const sent = Math.max(0, this.#socket.write(data))
    const size = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    if (sent < size) this.#outbox = Buffer.from(data as string).subarray(sent)
    return this.#outbox === undefined
  }

  /** Settles when all that was written has left, or the connection is closed. */
  async ready(): Promise<void> {
    if (this.#outbox && !this.closed) await this.#paused('drain')
  }

  /** Waits, but no longer than the connection lives. */
  async wait(ms: number): Promise<void> {
    if (this.closed) return
    const timer = setTimeout(() => this.#resume(), ms)
    await this.#paused('close')
    clearTimeout(timer)
  }

  async left(): Promise<void> {
    if (!this.closed) await this.#paused('close')
  }

  drained(): void {
    const rest = this.#outbox
    this.#outbox = undefined
    if (rest) this.write(rest)
    if (!this.#outbox && this.#pause?.until === 'drain') this.#resume()
  }

  /** FIN. */
  end(): void {
    this.#shut(() => this.#socket.end())
  }

  /** RST. */
  reset(): void {
    this.#shut(() => this.#socket.terminate())
  }

  /** The peer has closed, or our own closing is done. */
  gone(byReset: boolean): void {
    if (this.entry) this.#ledger.close(this.entry, 'left', byReset)
    this.#shut(() => undefined)
  }

  #shut(how: () => void): void {
    this.closed = true
    this.#outbox = undefined
    how()
    this.#resume()
  }

  /** Only the one handler of the call in progress ever pauses: a single place is enough. */
  #paused(until: 'drain' | 'close'): Promise<void> {
    return new Promise(resume => {
      this.#pause = { until, resume }
    })
  }

  #resume(): void {
    const pause = this.#pause
    this.#pause = undefined
    pause?.resume()
  }

  #next(): void {
    if (this.#busy || this.closed) return
    const request = this.#reader.take()
    if (!request) {
      if (this.#reader.takeContinue()) this.write('HTTP/1.1 100 Continue\r\n\r\n')
      return
    }
    this.#busy = true
    this.#handle(request, this)
      .catch(error => {
        console.error('the vendor failed to answer', error)
        this.reset()
      })
      .finally(() => {
        this.#busy = false
        this.entry = undefined
        if (/close/i.test(header(request.headers, 'connection') ?? '')) this.end()
        this.receive(Buffer.alloc(0))
      })
  }
}
