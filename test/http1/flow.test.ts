import { afterEach, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Pieces } from '../../src/lib/pieces'
import { makeCertificate } from '../upstream/certificate'
import { type RawServer, startRawServer } from './raw-server'
import { HELLO, newClient, send, until } from './send'

let server: RawServer | undefined
afterEach(() => server?.stop())

const certificate = makeCertificate('vendor.test')
const LARGE = Buffer.from(Array.from({ length: 5_000_000 }, (_, index) => index % 251))

/** Cut at these places; every other piece stands in a place of its own. */
function inPieces(bytes: Buffer, cuts: readonly number[]): Pieces {
  const list = cuts.slice(1).map((end, index) => {
    const start = cuts[index]!
    if (index % 2 === 0) return { bytes, start, end }
    return {
      bytes: Buffer.concat([Buffer.alloc(3), bytes.subarray(start, end)]),
      start: 3,
      end: 3 + end - start,
    }
  })
  return new Pieces(list)
}

for (const tls of [undefined, certificate]) {
  const name = tls ? 'TLS' : 'plain'
  const options = tls ? { tls } : {}
  const client = () => newClient({ addressOf: () => '127.0.0.1', ...(tls && { ca: tls.cert }) })
  const urlOf = (port: number) => `http${tls ? 's' : ''}://vendor.test:${port}/`
  const url = () => urlOf(server!.port)

  test.each([
    ['in one array', LARGE],
    ['in pieces', inPieces(LARGE, [0, 0, 7, 60_000, 60_000, 70_000, 4_999_999, 5_000_000])],
  ])(
    `a body of 5 MB %s arrives whole at a peer that reads late (${name})`,
    async (_how, body) => {
      let received = Buffer.alloc(0)
      const chunks: Buffer[] = []
      const spy = Bun.listen({
        hostname: '127.0.0.1',
        port: 0,
        ...options,
        socket: {
          open(socket) {
            socket.pause()
            setTimeout(() => socket.resume(), 50)
          },
          data(socket, bytes) {
            chunks.push(bytes)
            received = Buffer.concat(chunks)
            if (received.length === LARGE.length + received.indexOf('\r\n\r\n') + 4) socket.write(HELLO)
          },
        },
      })
      const heard = send(client(), { url: urlOf(spy.port), body })
      expect((await heard.over).said).toEqual(['head 200', 'data', 'end'])
      expect(received.subarray(-LARGE.length).equals(LARGE)).toBe(true)
      spy.stop(true)
    },
    20_000,
  )

  test(`an answer that comes before the body has left is heard, and the connection is not used again (${name})`, async () => {
    const deaf = startRawServer(() => {}, {
      ...options,
      open: seen => {
        setTimeout(() => seen.socket.write(HELLO.replace('200 OK', '413 Too Large')), 20)
        seen.socket.pause()
      },
    })
    server = deaf
    const http = client()
    const heard = send(http, { url: url(), body: Buffer.alloc(30_000_000) })
    expect((await heard.over).said).toEqual(['head 413', 'data', 'end'])
    await until(() => http.connections === 0)
  })

  test(`a sink that holds is sent no more until it lets go, and then everything in order (${name})`, async () => {
    const flood = Buffer.alloc(16_000_000, 'abcdefghij')
    let at = 0
    const pour = (socket: { write(bytes: Uint8Array, at: number, count: number): number }) => {
      for (let taken = 1; at < flood.length && taken > 0; at += Math.max(0, taken))
        taken = socket.write(flood, at, flood.length - at)
    }
    const spy = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      ...options,
      socket: {
        data(socket) {
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${flood.length}\r\n\r\n`)
          pour(socket)
        },
        drain: pour,
      },
    })
    let letGo = () => {}
    const held = new Promise<void>(resolve => (letGo = resolve))
    let isFirst = true
    const chunks: Uint8Array[] = []
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    client().send(
      { url: urlOf(spy.port), headers: {}, body: Buffer.from('{}') },
      {
        head() {},
        data(bytes) {
          chunks.push(bytes)
          if (!isFirst) return undefined
          isFirst = false
          return held
        },
        end,
        fail: error => end(Promise.reject(error)),
      },
      2_000,
    )
    await until(() => chunks.length > 0)
    await Bun.sleep(100)
    expect(chunks).toHaveLength(1)
    const before = at
    await Bun.sleep(50)
    expect([at, at < flood.length]).toEqual([before, true])
    letGo()
    await over
    expect(Buffer.concat(chunks).equals(flood)).toBe(true)
    spy.stop(true)
  }, 20_000)

  test(`what a held sink has yet to hear comes before the loss of the connection (${name})`, async () => {
    server = startRawServer(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n')
      setTimeout(() => socket.write('1\r\nb\r\n1\r\nc\r\n'), 20)
      setTimeout(() => socket.terminate(), 40)
    }, options)
    let letGo = () => {}
    const held = new Promise<void>(resolve => (letGo = resolve))
    const heard = send(client(), { url: url() }, ({ said }) => (said.length === 2 ? held : undefined))
    await until(() => server?.seen[0]?.ended !== undefined)
    await Bun.sleep(20)
    expect(heard.said).toEqual(['head 200', 'data'])
    letGo()
    const { said } = await heard.over
    expect(said.at(-1)).toBe('fail reset')
    // A reset may throw away what the kernel held; what is heard is in order.
    expect('abc').toStartWith(heard.body.toString())
  })

  test(`a sink that holds at every piece hears them in order, also those that a loss of the connection brings (${name})`, async () => {
    const chunks = (text: string) => [...text].map(letter => `1\r\n${letter}\r\n`).join('')
    server = startRawServer(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks('abcdef')}`)
      setTimeout(() => socket.write(chunks('ghijkl')), 20)
      setTimeout(() => socket.terminate(), 40)
    }, options)
    let letGo = () => {}
    const held = new Promise<void>(resolve => (letGo = resolve))
    const heard = send(client(), { url: url() }, ({ said }) => (said.length === 2 ? held : Bun.sleep(1)))
    await until(() => server?.seen[0]?.ended !== undefined)
    await Bun.sleep(30)
    letGo()
    expect((await heard.over).said.at(-1)).toBe('fail reset')
    expect('abcdefghijkl').toStartWith(heard.body.toString())
    if (!tls) expect(heard.body.toString()).toBe('abcdefghijkl')
  })

  test(`an abort closes the connection at once, while the sink holds too (${name})`, async () => {
    for (const isHeld of [false, true]) {
      server = startRawServer(
        ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
        options,
      )
      const http = client()
      const heard = send(http, { url: url() }, () => (isHeld ? new Promise(() => {}) : undefined))
      await until(() => heard.said.length === 2)
      heard.connection.abort()
      expect(http.connections).toBe(0)
      await until(() => server!.seen[0]!.ended !== undefined)
      expect(heard.said).toEqual(['head 200', 'data'])
      server.stop()
    }
  })
}

test('pieces share the buffer that was read, and a piece that fills it is that very buffer', async () => {
  const pieces = ['first', 'second', 'third']
  server = startRawServer(async ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n')
    for (const piece of pieces) {
      await Bun.sleep(20)
      socket.write(piece)
    }
  })
  const heard = await send(newClient(), server).over
  expect(heard.pieces.map(piece => [Buffer.isBuffer(piece), Buffer.from(piece).toString()])).toEqual(
    pieces.map(piece => [true, piece]),
  )
  expect(new Set(heard.pieces.map(({ buffer }) => buffer)).size).toBe(3)
})

test('a sink that throws ends its call as a failure, and no other', async () => {
  server = startRawServer(({ socket }) => void socket.write(HELLO))
  const client = newClient()
  const thrower = send(client, server, () => {
    throw new Error('our own mistake')
  })
  expect((await thrower.over).said).toEqual(['head 200', 'data', 'fail reset'])
  expect((await send(client, server).over).said.at(-1)).toBe('end')
})

test('a sink that throws at the end, held or not, is told that its call failed, and nobody else', async () => {
  server = startRawServer(({ socket }) => void socket.write(HELLO))
  const client = newClient()
  for (const isHeld of [false, true]) {
    const { promise: failed, resolve } = Promise.withResolvers<string>()
    client.send(
      { url: server.url, headers: {}, body: Buffer.from('{}') },
      {
        head() {},
        data: () => (isHeld ? Bun.sleep(1) : undefined),
        end() {
          throw new Error('our own mistake')
        },
        fail: ({ fault }) => resolve(fault),
      },
      2_000,
    )
    expect(await failed).toBe('reset')
  }
  expect((await send(client, server).over).said.at(-1)).toBe('end')
})

test('a sink may abort whenever it is called, and hears nothing after', async () => {
  server = startRawServer(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
  })
  const client = newClient()
  const inData = send(client, server, heard => heard.connection.abort())
  await until(() => client.connections === 0 && inData.said.length > 0)
  expect(inData.said).toEqual(['head 200', 'data'])
})

test('any answer in any cuts on real sockets is heard as it was written', async () => {
  let parts: Buffer[] = []
  server = startRawServer(async ({ socket }) => {
    for (const part of parts) {
      socket.write(part)
      await Bun.sleep(0)
    }
  })
  const client = newClient()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(1_000), { maxLength: 6 }),
      async (chunks, cuts) => {
        const framed = chunks.map(text => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`).join('')
        const bytes = Buffer.from(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${framed}0\r\n\r\n`)
        const edges = [0, ...cuts.map(cut => cut % bytes.length).sort((a, b) => a - b), bytes.length]
        parts = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
        const { said, body } = await send(client, server!).over
        expect([said.at(-1), body.toString()]).toEqual(['end', chunks.join('')])
      },
    ),
    { numRuns: 60 },
  )
  expect(client.connections).toBe(1)
}, 20_000)
