import type { Socket } from 'bun'

/** A connection as the server saw it. */
export interface Seen {
  socket: Socket<Seen>
  received: Buffer
  requests: number
  ended: 'fin' | 'reset' | undefined
}

/** A server on raw sockets: every whole request is handed to `answer`, which may send anything at all. */
export interface RawServer {
  url: string
  port: number
  seen: Seen[]
  stop(): void
}

export interface RawServerOptions {
  tls?: { cert: string; key: string }
  /** Called for a connection before anything has come. */
  open?: (seen: Seen) => void
  /** Reads nothing at all. */
  isDeaf?: boolean
}

export function startRawServer(answer: (seen: Seen) => void, options: RawServerOptions = {}): RawServer {
  const { tls, open, isDeaf = false } = options
  const all: Seen[] = []
  const server = Bun.listen<Seen>({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls && { tls }),
    socket: {
      open(socket) {
        socket.data = { socket, received: Buffer.alloc(0), requests: 0, ended: undefined }
        all.push(socket.data)
        if (isDeaf) socket.pause()
        open?.(socket.data)
      },
      data({ data: seen }, bytes) {
        seen.received = Buffer.concat([seen.received, bytes])
        for (let length = requestLength(seen.received); length > 0; length = requestLength(seen.received)) {
          seen.received = seen.received.subarray(length)
          seen.requests += 1
          answer(seen)
        }
      },
      close({ data: seen }, error) {
        seen.ended = error ? 'reset' : 'fin'
      },
      error() {
        // `close` follows.
      },
    },
  })
  const scheme = tls ? 'https' : 'http'
  return {
    url: `${scheme}://127.0.0.1:${server.port}`,
    port: server.port,
    seen: all,
    stop: () => server.stop(true),
  }
}

/** Of the first request, if it is whole; otherwise 0. */
function requestLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const length = Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0)
  return bytes.length >= end + 4 + length ? end + 4 + length : 0
}
