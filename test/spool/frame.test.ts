import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { FRAME_KINDS, type FrameKind, MAX_PAYLOAD_BYTES, scanFrames } from '../../src/spool/frame'
import { readFrames } from '../../src/spool/read-frames'
import { encodeFrame } from './encode-frame'

const kinds = Object.keys(FRAME_KINDS) as FrameKind[]
const payload = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  // What a caller may put in a model's name to pass for a frame.
  fc.constantFrom('CM', 'CMCM\u0001\u0003', `x${encodeFrame('end', '{}').toString('latin1')}`),
)
const frames = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), text: payload.map(text => JSON.stringify(text)) }),
  {
    maxLength: 12,
  },
)
type Written = { kind: FrameKind; text: string }
const encode = (written: readonly Written[]) =>
  Buffer.concat(written.map(({ kind, text }) => encodeFrame(kind, text)))
const read = (bytes: Uint8Array): Written[] =>
  scanFrames(bytes).frames.map(({ kind, payload }) => ({ kind, text: Buffer.from(payload).toString('utf8') }))

test('finds what was written, zeros behind it or not', () => {
  fc.assert(
    fc.property(frames, fc.nat(40), (written, zeros) => {
      const bytes = Buffer.concat([encode(written), Buffer.alloc(zeros)])
      expect(read(bytes)).toEqual(written)
      expect(scanFrames(bytes)).toMatchObject({ damagedBytes: 0, tornBytes: 0, foreignFrames: 0 })
    }),
  )
})

test('finds every whole frame before a truncation and says that the rest is torn', () => {
  fc.assert(
    fc.property(frames, fc.nat(), (written, draw) => {
      const whole = encode(written)
      const cut = draw % (whole.length + 1)
      const ends = written.map((_, index) => encode(written.slice(0, index + 1)).length)
      const count = ends.filter(end => end <= cut).length
      expect(read(whole.subarray(0, cut))).toEqual(written.slice(0, count))
      const { end, damagedBytes, tornBytes } = scanFrames(whole.subarray(0, cut))
      expect([end, damagedBytes]).toEqual([ends[count - 1] ?? 0, 0])
      expect(tornBytes > 0).toBe(cut > end)
    }),
  )
})

test('a flipped bit costs the one frame that it is in, and makes none', () => {
  fc.assert(
    fc.property(frames, fc.nat(), (written, draw) => {
      const whole = encode(written)
      if (whole.length === 0) return
      const at = draw % (whole.length * 8)
      whole[at >> 3]! ^= 1 << (at & 7)
      const hit = written.findIndex((_, index) => encode(written.slice(0, index + 1)).length > at >> 3)
      const { frames: found, foreignFrames } = scanFrames(whole)
      expect(foreignFrames).toBe(0)
      expect(found).toHaveLength(written.length - 1)
      expect(read(whole)).toEqual(written.toSpliced(hit, 1))
    }),
  )
})

test('bytes that are no frame, anywhere, hide none and become none', () => {
  fc.assert(
    fc.property(frames, frames, fc.uint8Array({ maxLength: 200 }), (before, after, noise) => {
      const bytes = Buffer.concat([encode(before), noise, encode(after)])
      expect(read(bytes)).toEqual([...before, ...after])
    }),
  )
})

test('no payload of JSON can pass for a frame when its own is destroyed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      const inner = encodeFrame('end', JSON.stringify({ left })).toString('latin1')
      const outer = encodeFrame('end', JSON.stringify(`${left}${inner}${right}`))
      outer[0]! ^= 0xff
      expect(scanFrames(outer).frames).toEqual([])
    }),
  )
})

test('a frame of a later version is foreign, not damage', () => {
  const later = encodeFrame('end', '{}')
  later.writeUInt8(2, 2)
  const head = Bun.hash.crc32(later.subarray(2, 8))
  later.writeUInt32LE(Bun.hash.crc32(later.subarray(12), head), 8)
  const bytes = Buffer.concat([encodeFrame('meter', '{}'), later, encodeFrame('end', '{"a":1}')])
  expect(scanFrames(bytes)).toMatchObject({ foreignFrames: 1, damagedBytes: 0 })
  expect(read(bytes)).toHaveLength(2)
})

test('refuses a payload that a reader would take for damage', () => {
  expect(() => encodeFrame('end', 'x'.repeat(MAX_PAYLOAD_BYTES + 1))).toThrow(RangeError)
  expect(read(encodeFrame('end', 'x'.repeat(MAX_PAYLOAD_BYTES)))).toHaveLength(1)
})

test('pieces of any size hand out each frame once, damage of any length between them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(frames, fc.uint8Array({ minLength: 1, maxLength: 2_000 })), { maxLength: 8 }),
      fc.integer({ min: 1_200, max: 5_000 }),
      (parts, pieceBytes) => {
        const isNoise = (part: Written[] | Uint8Array): part is Uint8Array => part instanceof Uint8Array
        const bytes = Buffer.concat(parts.map(part => (isNoise(part) ? part : encode(part))))
        const pieces = [
          ...readFrames((from, length) => bytes.subarray(from, from + length), 0, bytes.length, pieceBytes),
        ]
        const found = pieces.flatMap(({ frames: some }) => some)
        const expected = parts.flatMap(part => (isNoise(part) ? [] : part))
        expect(found.map(({ payload }) => Buffer.from(payload).toString())).toEqual(
          expected.map(({ text }) => text),
        )
        if (bytes.length > 0) expect(pieces.at(-1)!.end).toBe(bytes.length)
      },
    ),
  )
})

test('damage longer than a piece, with the longest frame behind it, is stepped over', () => {
  const longest = encodeFrame('end', 'y'.repeat(MAX_PAYLOAD_BYTES))
  for (const noise of [400_000, 512 * 1024 - 5, 512 * 1024, 1_500_001]) {
    const bytes = Buffer.concat([Buffer.alloc(noise, 0x43), longest, Buffer.alloc(700_000), longest])
    const pieces = [...readFrames((from, length) => bytes.subarray(from, from + length), 0, bytes.length)]
    expect(pieces.flatMap(({ frames: some }) => some)).toHaveLength(2)
    expect(pieces.reduce((sum, { damagedBytes }) => sum + damagedBytes, 0)).toBeGreaterThanOrEqual(noise)
  }
})
