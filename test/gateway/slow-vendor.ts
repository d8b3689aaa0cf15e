/** A vendor that shows how much of a request it has, before it is whole; it answers when it is told to. */
export interface SlowVendor {
  url: string
  /** Bytes that have come, over all connections. */
  received(): number
  connections(): number
  /** Connections that the other side has closed. */
  closed(): number
  /** Takes nothing more until `resume`. */
  pause(): void
  resume(): void
  /** Answers on every open connection. */
  answer(status: number, body: string): void
  stop(): void
}

export function startSlowVendor(): SlowVendor {
  let received = 0
  let connections = 0
  let closed = 0
  let paused = false
  const sockets = new Set<{ pause(): void; resume(): void; write(text: string): number }>()
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        connections += 1
        sockets.add(socket)
        if (paused) socket.pause()
      },
      data(_, bytes) {
        received += bytes.length
      },
      close(socket) {
        closed += 1
        sockets.delete(socket)
      },
      error() {
        // `close` follows.
      },
    },
  })
  return {
    url: `http://127.0.0.1:${listener.port}/v1`,
    received: () => received,
    connections: () => connections,
    closed: () => closed,
    pause() {
      paused = true
      for (const socket of sockets) socket.pause()
    },
    resume() {
      paused = false
      for (const socket of sockets) socket.resume()
    },
    answer(status, body) {
      for (const socket of sockets)
        socket.write(
          `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        )
    },
    stop: () => listener.stop(true),
  }
}

/** Waits until it holds; throws after five seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (const start = performance.now(); !holds(); await Bun.sleep(5))
    if (performance.now() - start > 5_000) throw new Error(`not within 5 s: ${what}`)
}
