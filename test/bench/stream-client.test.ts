import { expect, test } from 'bun:test'
import { BodyReader } from '../../bench/client/body.ts'
import { EventCutter } from '../../bench/client/events.ts'
import { Samples } from '../../bench/client/samples.ts'
import { readStamp } from '../../bench/client/stamp.ts'
import { LoadStream } from '../../bench/client/stream.ts'
import { Tally } from '../../bench/client/tally.ts'
import { streamHead, streamTail } from '../../bench/mock/answer.ts'
import { ContentChunk } from '../../bench/mock/chunk.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked'

/** A whole response of the mock, as one buffer: three content chunks. */
function response(withUsage: boolean): Buffer {
  const chunk = new ContentChunk(withUsage)
  const contents = [0, 1, 2].map(number => Buffer.from(chunk.at(1_000_000 + number, number)))
  return Buffer.concat([streamHead(withUsage), ...contents, streamTail(withUsage, 3)])
}

function bodyOf(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
}

function read(parts: Buffer[], head = HEAD): { text: string; ends: number } {
  const reader = new BodyReader(head)
  const got: Buffer[] = []
  let ends = 0
  for (const part of parts)
    reader.take(part, { bytes: bytes => got.push(Buffer.from(bytes)), end: () => ends++ })
  return { text: Buffer.concat(got).toString(), ends }
}

test('undoes chunked framing wherever the bytes are split', () => {
  const bytes = bodyOf(response(true))
  const whole = read([bytes])
  expect(whole.ends).toBe(1)
  expect(whole.text).toEndWith('data: [DONE]\n\n')
  for (let at = 1; at < bytes.length; at++)
    expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
})

test('counts a body of known length, and sees that an empty one is over', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5'
  expect(read([Buffer.from('he'), Buffer.from('llo')], head)).toEqual({ text: 'hello', ends: 1 })
  expect(new BodyReader('HTTP/1.1 204 No Content\r\nContent-Length: 0').empty).toBe(true)
})

test('refuses a chunk size that is no number', () => {
  expect(() => read([Buffer.from('zz\r\nabc')])).toThrow('no number')
  expect(() => read([Buffer.from('1'.repeat(80))])).toThrow('no line')
})

test('cuts the same events wherever the bytes are split', () => {
  const bytes = Buffer.from(read([bodyOf(response(false))]).text)
  const cut = (parts: Buffer[]) => {
    const events: string[] = []
    const cutter = new EventCutter()
    for (const part of parts) cutter.take(part, event => events.push(event.toString()))
    return events
  }
  const whole = cut([bytes])
  expect(whole).toHaveLength(6)
  for (let at = 1; at < bytes.length; at++)
    expect(cut([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
})

const eventOf = (withNull: boolean): Buffer => {
  const framed = new ContentChunk(withNull).at(1_234_567_890, 42)
  return Buffer.from(framed.subarray(framed.indexOf('\r\n') + 2, framed.length - 2))
}

test('reads time and number from a chunk that came through as it was sent', () => {
  expect(readStamp(eventOf(false))).toEqual({ sentUs: 1_234_567_890, number: 42, untouched: true })
})

test('takes blanks in the place of a usage that is null as untouched, and the null itself as altered', () => {
  const event = eventOf(true)
  expect(readStamp(event)?.untouched).toBe(false)
  const blanked = Buffer.from(event.toString().replace(',"usage":null', ' '.repeat(13)))
  expect(blanked.length).toBe(event.length)
  expect(readStamp(blanked)?.untouched).toBe(true)
})

test('sees one altered byte anywhere in a chunk', () => {
  const event = eventOf(false)
  const stamp = event.indexOf('@') + 1
  for (let at = 0; at < event.length - 3; at++) {
    if (at >= stamp && at < stamp + 23) continue // the stamp itself differs in every chunk
    const altered = Buffer.from(event)
    altered[at] = altered[at]! ^ 1
    expect(readStamp(altered)?.untouched ?? false).toBe(false)
  }
})

test('makes chunks of about 200 bytes', () => {
  expect(eventOf(false).length).toBeGreaterThan(190)
  expect(eventOf(false).length).toBeLessThan(230)
})

function play(parts: string[], chunks: number): Tally {
  const tally = new Tally()
  const stream = new LoadStream(tally, { paceMs: 10, chunks }, () => {})
  for (const part of parts) stream.bytes(Buffer.from(part))
  stream.end()
  return tally
}

const event = (number: number) => {
  const framed = new ContentChunk(false).at(1, number).toString()
  return framed.slice(framed.indexOf('\r\n') + 2, -2)
}

test('finds nothing wrong with a whole stream', () => {
  const tally = play([event(0) + event(1), event(2), 'data: [DONE]\n\n'], 3)
  expect(tally).toMatchObject({ finished: 1, lost: 0, altered: 0, withoutDone: 0, failed: 0 })
})

test('counts chunks that are missing in the middle and at the end, and an end without [DONE]', () => {
  expect(play([event(0), event(2), 'data: [DONE]\n\n'], 3).lost).toBe(1)
  expect(play([event(0)], 3)).toMatchObject({ lost: 2, withoutDone: 1 })
})

test('takes the window alone into its samples', () => {
  const tally = new Tally()
  const stream = new LoadStream(tally, { paceMs: 10, chunks: 2 }, () => {})
  stream.bytes(Buffer.from(event(0)))
  tally.openWindow(0)
  stream.bytes(Buffer.from(event(1)))
  expect(tally.report).toMatchObject({ chunks: 1, transit: { count: 1 }, ttft: { count: 0 } })
})

test('keeps samples past its first size', () => {
  const samples = new Samples()
  for (let value = 10_000; value > 0; value--) samples.add(value)
  expect(samples.summary).toMatchObject({ count: 10_000, p50: 5000.5, max: 10_000 })
})
