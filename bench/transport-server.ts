/** The far end of `transport.ts`: raw sockets, as little work as can be. `/stream` paces chunks, everything else is 1 KB of JSON. */
const [chunks = '50', everyMs = '10'] = process.argv.slice(2)
const json = `{"id":"x","text":"${'a'.repeat(1_000)}"}`
const whole = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: r\r\ndate: Sun, 29 Nov 2026 10:00:00 GMT\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
)
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const event = `data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"${'b'.repeat(120)}"}}]}\n\n`
const chunk = Buffer.from(`${event.length.toString(16)}\r\n${event}\r\n`)

const server = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    data(socket, bytes) {
      if (bytes.indexOf('/stream') < 0) {
        socket.write(whole)
        return
      }
      socket.write(head)
      let sent = 0
      const timer = setInterval(() => {
        socket.write(chunk)
        if (++sent < Number(chunks)) return
        clearInterval(timer)
        socket.write('0\r\n\r\n')
      }, Number(everyMs))
    },
    error() {
      // The client leaves when it has what it measured.
    },
  },
})
console.log(server.port)
