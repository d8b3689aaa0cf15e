import { MockConnection } from './mock/connection.ts'

/**
 * The benchmark's vendor, a program of its own on loopback: a 1-KB JSON answer, or a stream at the pace that the
 * prompt orders, with a time stamp in every chunk. `bun bench/mock.ts [port [certificate key]]` prints the port that it
 * took; with the files of a certificate it speaks TLS.
 */
const [, , port = '0', cert, key] = process.argv

const listener = Bun.listen<MockConnection>({
  hostname: '127.0.0.1',
  port: Number(port),
  ...(cert && key && { tls: { cert: Bun.file(cert), key: Bun.file(key) } }),
  socket: {
    open(socket) {
      socket.data = new MockConnection(socket)
    },
    data: (socket, bytes) => socket.data.data(bytes),
    drain: socket => socket.data.drain(),
    close: socket => socket.data.closed(),
    error: (_socket, error) => {
      console.error(error)
      process.exit(1) // a benchmark on a broken vendor measures nothing
    },
  },
})

console.log(listener.port)
