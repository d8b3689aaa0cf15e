import { connect, type Socket } from 'node:net'

export interface Answer {
  status: number
  head: string
  body: string
}

/** One TCP connection on which requests are asked one after another, as a client with keep-alive does. */
export class KeptConnection {
  private text = ''
  private closed = false
  private readonly socket: Socket

  private constructor(socket: Socket) {
    this.socket = socket
    // A character a byte, since lengths are in bytes.
    socket.setEncoding('latin1')
    socket.on('data', chunk => (this.text += chunk))
    socket.on('error', () => (this.closed = true))
    socket.on('close', () => (this.closed = true))
  }

  /** Rejects with the system's code where nobody listens. */
  static open(url: string): Promise<KeptConnection> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new KeptConnection(socket))
      })
    })
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Sends a request whose answer has a `content-length`, and waits for all of it. */
  async ask(method: string, path: string, headers: Record<string, string>, body = ''): Promise<Answer> {
    const lines = Object.entries({ host: 'localhost', 'content-length': String(body.length), ...headers })
    this.socket.write(
      `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
    )
    const until = performance.now() + 5_000
    while (performance.now() < until) {
      const answer = this.take()
      if (answer) return answer
      if (this.closed) throw new Error('the connection was closed')
      await Bun.sleep(2)
    }
    throw new Error(`no whole answer after 5 s: ${JSON.stringify(this.text)}`)
  }

  close(): void {
    this.socket.destroy()
  }

  private take(): Answer | undefined {
    const end = this.text.indexOf('\r\n\r\n')
    if (end === -1) return undefined
    const head = this.text.slice(0, end)
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1])
    if (Number.isNaN(length)) throw new Error(`an answer without a length: ${head}`)
    const body = this.text.slice(end + 4, end + 4 + length)
    if (body.length < length) return undefined
    this.text = this.text.slice(end + 4 + length)
    return { status: Number(head.slice(9, 12)), head, body: Buffer.from(body, 'latin1').toString() }
  }
}
