/** What a raw client saw: every read as it came, and how the connection ended. */
export interface Exchange {
  reads: Buffer[]
  bytes: Buffer
  /** `open`: nothing more came for `idleMs`, and we closed. */
  ended: 'fin' | 'reset' | 'open'
}

/** Sends these bytes on a new connection and reads until the other side closes or is silent for `idleMs`. */
export async function exchange(url: string, bytes: string | Uint8Array, idleMs = 150): Promise<Exchange> {
  const { hostname, port } = new URL(url)
  const reads: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<Exchange['ended']>()
  let timer = setTimeout(() => resolve('open'), idleMs)
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_, data) {
        reads.push(Buffer.from(data))
        clearTimeout(timer)
        timer = setTimeout(() => resolve('open'), idleMs)
      },
      close: (_, error) => resolve(error ? 'reset' : 'fin'),
      error() {
        // `close` follows with the same error.
      },
    },
  })
  socket.write(bytes)
  const ended = await promise
  clearTimeout(timer)
  socket.terminate()
  return { reads, bytes: Buffer.concat(reads), ended }
}

/** A chat request as bytes. */
export function chatRequest(body: unknown, headers: Record<string, string> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(text)
  return `POST /v1/chat/completions HTTP/1.1\r\nHost: vendor\r\nContent-Length: ${length}\r\n${lines.join('')}\r\n${text}`
}
