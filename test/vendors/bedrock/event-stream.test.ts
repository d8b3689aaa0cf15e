import { describe, expect, test } from 'bun:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { EventStreamFrames } from '../../../src/vendors/bedrock/event-stream'
import type { VendorEvent } from '../../../src/vendors/translation'
import { orNone, readRecorded, recorded } from '../../recorded'
import { eventFrame, frame } from './frame'

const event = (type: string, payload: object) => eventFrame(type, JSON.stringify(payload))

function read(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]): VendorEvent[] {
  const events: VendorEvent[] = []
  const frames = new EventStreamFrames(found => events.push(found))
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1)
    frames.push(bytes.subarray(at, at + size))
    at += size
  }
  frames.end()
  return events
}

test('frames are found wherever the bytes were cut', () => {
  const bytes = Buffer.concat([
    event('messageStart', { role: 'assistant' }),
    event('contentBlockDelta', { delta: { text: 'été 🙂' } }),
    frame({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, '{"message":"slow"}'),
    frame({ ':message-type': 'error', ':error-code': 'internal' }, '{}'),
  ])
  const whole = read(bytes)
  expect(whole).toEqual([
    { name: 'messageStart', data: '{"role":"assistant"}' },
    { name: 'contentBlockDelta', data: '{"delta":{"text":"été 🙂"}}' },
    { name: 'exception/throttlingException', data: '{"message":"slow"}' },
    { name: 'error/internal', data: '{}' },
  ])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), sizes => {
      expect(read(bytes, sizes)).toEqual(whole)
    }),
  )
})

test('a frame of a megabyte may come byte by byte: what is there already is not copied with each of them', () => {
  const text = 'x'.repeat(1024 * 1024)
  const events = read(Buffer.concat([event('large', { text }), event('small', {})]), [1])
  expect(events).toEqual([
    { name: 'large', data: JSON.stringify({ text }) },
    { name: 'small', data: '{}' },
  ])
})

test('a byte that was changed is an error, and nothing after it is read', () => {
  const bytes = Buffer.concat([event('a', { x: 1 }), event('b', { x: 2 }), event('c', { x: 3 })])
  const first = event('a', { x: 1 }).length
  for (let at = first; at < first * 2; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ 0x10
    const names = read(damaged, [7]).map(({ name }) => name)
    expect(names).toEqual(['a', 'error/damaged'])
  }
})

test('what is no stream of frames is an error, and is not kept', () => {
  expect(read(Buffer.from('<html><body>Bad gateway</body></html>'.repeat(1_000)), [100])).toMatchObject([
    { name: 'error/damaged' },
  ])
  const huge = Buffer.alloc(12)
  huge.writeUInt32BE(2 ** 31, 0)
  huge.writeUInt32BE(crc32(huge.subarray(0, 8)), 8)
  expect(read(huge)).toMatchObject([{ name: 'error/damaged' }])
})

test('headers of other kinds than texts are passed over', () => {
  const boolean = Buffer.from([1, 0x62, 0])
  const number = Buffer.from([1, 0x6e, 4, 0, 0, 0, 7])
  const bytes = Buffer.from([1, 0x79, 6, 0, 2, 1, 2])
  const text = Buffer.concat([
    Buffer.from([11]),
    Buffer.from(':event-type'),
    Buffer.from([7, 0, 1]),
    Buffer.from('z'),
  ])
  const head = Buffer.concat([boolean, number, bytes, text])
  const whole = Buffer.alloc(16 + head.length)
  whole.writeUInt32BE(whole.length, 0)
  whole.writeUInt32BE(head.length, 4)
  whole.writeUInt32BE(crc32(whole.subarray(0, 8)), 8)
  head.copy(whole, 12)
  whole.writeUInt32BE(crc32(whole.subarray(0, -4)), whole.length - 4)
  expect(read(whole)).toEqual([{ name: 'z', data: '' }])
})

const framed = recorded('frames of Bedrock')
describe.skipIf(framed.length === 0)('framed streams of others', () => {
  const framesIn = (path: string, size: number) => read(readRecorded(path), [size])
  test.each([[1], [7], [4096]])('are the same in pieces of %i bytes, however they end', size => {
    for (const path of framed) expect(framesIn(path, size)).toEqual(framesIn(path, Number.MAX_SAFE_INTEGER))
  })

  test.each(orNone(framed))('%s is read to its end', path => {
    const frames = framesIn(path, 4096)
    const { length } = frames
    if (path.endsWith('text.bin')) expect(length).toBe(16)
    else if (path.endsWith('truncated.bin')) expect(length).toBeLessThan(16)
    else if (path.endsWith('exception.bin')) {
      expect(length).toBe(6)
      expect(frames.at(-1)?.name).toStartWith('exception/')
    } else for (const { data } of frames) expect(JSON.parse(data)).toBeObject()
  })
})
