import { expect, spyOn, test } from 'bun:test'
import { CallerStream } from '../../src/gateway/caller-stream'
import { Line } from '../../src/http1/line'
import type { Sink } from '../../src/upstream/transport'
import { startRawServer } from '../http1/raw-server'
import { startGateway } from './start-gateway'
import { ASK, ASK_USAGE, contentOf, HEAD, line, USAGE } from './stream-text'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
const event = (content: string, rest: object = {}) => bytes(`${line({ content }, rest)}\n\n`)
const FINISH = `${line({}, {}, 'stop')}\n\n`
const END = `data: ${JSON.stringify({ ...HEAD, choices: [], usage: USAGE })}\n\ndata: [DONE]\n\n`

/** Sends these chunks as a vendor's transport does, one a turn, and says what the caller's stream was handed. */
async function handed(chunks: Uint8Array[], body: object): Promise<{ written: Uint8Array[]; text: string }> {
  const write = spyOn(CallerStream.prototype, 'write')
  const gateway = startGateway({
    vendors: { acme: 'http://127.0.0.1:9/v1' },
    transport: (_request, sink) => {
      void send(chunks, sink)
      return { sent: true, abort() {} }
    },
  })
  try {
    const text = await (await gateway.chat(body)).text()
    return { written: write.mock.calls.map(([each]) => each), text }
  } finally {
    write.mockRestore()
    await gateway.stop()
  }
}

async function send(chunks: Uint8Array[], sink: Sink): Promise<void> {
  await Bun.sleep(1)
  sink.head(200, new Headers({ 'content-type': 'text/event-stream' }))
  for (const chunk of chunks) {
    await Bun.sleep(1)
    await sink.data(chunk)
  }
  sink.end()
}

test('every chunk of the vendor’s that need not change is the very object that the caller’s stream is handed', async () => {
  for (const body of [ASK, ASK_USAGE]) {
    const chunks = Array.from({ length: 50 }, (_, index) => event(`word${index} `))
    const { written, text } = await handed([...chunks, bytes(FINISH), bytes(END)], body)
    expect(chunks.map((chunk, index) => Object.is(chunk, written[index]))).toEqual(Array(50).fill(true))
    expect(contentOf(text)).toBe(chunks.map((_, index) => `word${index} `).join(''))
  }
})

test('a chunk of many events is handed on as one object', async () => {
  const many = Array.from({ length: 20 }, (_, index) => Buffer.from(event(`${index} `)).toString()).join('')
  const chunks = [bytes(many), bytes(many), bytes(FINISH)]
  const { written } = await handed([event('first '), ...chunks, bytes(END)], ASK)
  for (const [index, chunk] of chunks.entries()) expect(Object.is(written[index + 1], chunk)).toBe(true)
})

test('usage:null is blanked in the vendor’s own buffer, without a copy', async () => {
  const chunks = Array.from({ length: 20 }, (_, index) => event(`word${index} `, { usage: null }))
  const lengths = chunks.map(chunk => chunk.length)
  const { written, text } = await handed([...chunks, bytes(FINISH), bytes(END)], ASK)
  expect(chunks.map((chunk, index) => Object.is(chunk, written[index]))).toEqual(Array(20).fill(true))
  expect(written.slice(0, 20).map(({ length }) => length)).toEqual(lengths)
  expect(text).not.toContain('usage')
})

test('of a chunk that ends inside an event the whole events share its buffer; only the split event is put together', async () => {
  const text = Array.from({ length: 6 }, (_, index) => Buffer.from(event(`word${index} `)).toString()).join(
    '',
  )
  const middle = Math.floor(text.length / 2) + 20
  const [left, right] = [bytes(text.slice(0, middle)), bytes(text.slice(middle))]
  const { written, text: got } = await handed([event('first '), left, right, bytes(FINISH), bytes(END)], ASK)
  const shared = written.map(({ buffer }) => [left.buffer, right.buffer].indexOf(buffer as ArrayBuffer))
  expect(shared.slice(0, 4)).toEqual([-1, 0, -1, 1])
  expect(written[2]!.length).toBeLessThan((2 * text.length) / 6)
  expect(contentOf(got)).toBe('first word0 word1 word2 word3 word4 word5 ')
})

test('beside a withheld event the other events of its chunk share its buffer', async () => {
  const chunk = bytes(`${line({ content: 'last' })}\n\n${FINISH}${END}`)
  const { written } = await handed([event('first '), chunk], ASK_USAGE)
  expect(written[1]!.buffer === chunk.buffer).toBe(true)
  expect(Buffer.from(written[1]!).toString()).toBe(`${line({ content: 'last' })}\n\n${FINISH}`)
})

test('over real sockets: what the caller’s stream is handed are views of the very buffers that were read, one a chunk', async () => {
  const words = Array.from({ length: 30 }, (_, index) => `word${index} `.repeat(200))
  const events = words.map(word => Buffer.from(event(word)))
  const chunkOf = (bytes: Uint8Array) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
  const server = startRawServer(async ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
    for (const each of [...events, Buffer.from(FINISH), Buffer.from(END)]) {
      await Bun.sleep(2)
      socket.write(chunkOf(each))
    }
    socket.write('0\r\n\r\n')
  })
  const receive = spyOn(Line.prototype, 'receive')
  const write = spyOn(CallerStream.prototype, 'write')
  const gateway = startGateway({ vendors: { acme: `${server.url}/v1` } })
  try {
    const text = await (await gateway.chat(ASK)).text()
    const read = new Set(receive.mock.calls.map(([each]) => each.buffer))
    const written = write.mock.calls.map(([each]) => each).slice(0, events.length)
    expect(written.map(each => [read.has(each.buffer as ArrayBuffer), Buffer.from(each).toString()])).toEqual(
      events.map(each => [true, each.toString()]),
    )
    expect(contentOf(text)).toBe(words.join(''))
  } finally {
    receive.mockRestore()
    write.mockRestore()
    await gateway.stop()
    server.stop()
  }
})
