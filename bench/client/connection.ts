import type { Socket } from 'bun'
import { BodyReader, type BodySink } from './body.ts'

/** What one request on a connection wants to know. `failed` may come at any time, and then nothing comes after it. */
export interface Exchange extends BodySink {
  head(status: number): void
  failed(reason: string): void
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** One keep-alive connection to a target, one request at a time. */
export class ClientConnection {
  #socket: Socket<ClientConnection> | undefined
  #exchange: Exchange | undefined
  #body: BodyReader | undefined
  #carry: Buffer | undefined
  #pending: Buffer | undefined
  #closed = false

  /** Rejects when nothing listens there. */
  static async open(hostname: string, port: number): Promise<ClientConnection> {
    const connection = new ClientConnection()
    connection.#socket = await Bun.connect<ClientConnection>({
      hostname,
      port,
      data: connection,
      socket: {
        data: (socket, bytes) => socket.data.#data(bytes),
        drain: socket => socket.data.#drain(),
        close: socket => socket.data.#close(),
        error: socket => socket.data.#close(),
      },
    })
    return connection
  }

  /** Can take a request: open, and nothing under way. */
  get idle(): boolean {
    return !this.#closed && this.#exchange === undefined
  }

  send(request: Buffer, exchange: Exchange): void {
    this.#exchange = exchange
    this.#body = undefined
    this.#pending = request
    this.#drain()
  }

  /** Closes as a caller that is killed: at once, and without a word. */
  abandon(): void {
    this.#exchange = undefined
    this.#socket?.terminate()
  }

  #drain(): void {
    if (!this.#pending || !this.#socket) return
    const sent = Math.max(0, this.#socket.write(this.#pending))
    this.#pending = sent < this.#pending.length ? this.#pending.subarray(sent) : undefined
  }

  #data(incoming: Buffer): void {
    if (!this.#exchange) return
    try {
      if (this.#body) this.#body.take(incoming, this.#sink)
      else this.#readHead(incoming)
    } catch (error) {
      this.#fail(String(error))
      this.abandon()
    }
  }

  #readHead(incoming: Buffer): void {
    const bytes = this.#carry ? Buffer.concat([this.#carry, incoming]) : incoming
    this.#carry = undefined
    const end = bytes.indexOf(HEAD_END)
    if (end < 0) {
      this.#carry = Buffer.from(bytes)
      return
    }
    const head = bytes.toString('latin1', 0, end)
    this.#body = new BodyReader(head)
    this.#exchange?.head(Number(head.slice(9, 12)))
    if (this.#body.empty) this.#sink.end()
    else if (bytes.length > end + HEAD_END.length)
      this.#body.take(bytes.subarray(end + HEAD_END.length), this.#sink)
  }

  readonly #sink: BodySink = {
    bytes: part => this.#exchange?.bytes(part),
    end: () => {
      const exchange = this.#exchange
      this.#exchange = undefined
      this.#body = undefined
      exchange?.end()
    },
  }

  #close(): void {
    this.#closed = true
    if (this.#body?.untilClose) this.#sink.end()
    else this.#fail('the connection closed')
  }

  #fail(reason: string): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.failed(reason)
  }
}
