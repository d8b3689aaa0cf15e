import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeAnswer, encodeAnswer } from '../../src/replay/answer'
import { Keeping, type Kept } from '../../src/replay/keeping'

const MIB = 1024 * 1024
const OK = () =>
  new Response(null, { headers: { 'content-type': 'text/event-stream', 'x-request-id': 'one' } })

/** A keeping in a room of so many bytes, and what it said. */
function begin(most = Number.POSITIVE_INFINITY) {
  const said: Kept[] = []
  const room = {
    used: 0,
    take(bytes: number) {
      if (room.used + bytes > most) return false
      room.used += bytes
      return true
    },
    give(bytes: number) {
      room.used -= bytes
    },
  }
  return { room, said, keeping: new Keeping(room, kept => said.push(kept)) }
}

test('keeps the bytes as they were written, whatever becomes of their array', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9_000 })), pieces => {
      const { keeping, said } = begin()
      keeping.begin(OK())
      for (const piece of pieces) {
        const array = piece.slice()
        keeping.add(array)
        array.fill(0)
      }
      keeping.settled(true)
      keeping.end()
      const [kept] = said
      if (!kept || typeof kept === 'string') throw new Error('nothing was kept')
      expect(Buffer.concat(pieces).equals(kept.body)).toBe(true)
      expect(kept.headers).toEqual([['content-type', 'text/event-stream']])
      expect(decodeAnswer(encodeAnswer(kept))).toEqual({ ...kept, body: new Uint8Array(kept.body) as never })
    }),
  )
})

test('says it once, when the head, the end and the outcome are known, in whatever order', () => {
  const steps = [
    (keeping: Keeping) => keeping.begin(OK()),
    (keeping: Keeping) => keeping.end(),
    (keeping: Keeping) => keeping.settled(true),
  ]
  fc.assert(
    fc.property(fc.shuffledSubarray(steps, { minLength: 3 }), order => {
      const { keeping, said } = begin()
      for (const [count, step] of order.entries()) {
        expect(said).toHaveLength(0)
        step(keeping)
        expect(said).toHaveLength(count === 2 ? 1 : 0)
        if (count < 2) expect(said).toHaveLength(0)
      }
      keeping.end()
      keeping.settled(false)
      expect(said).toHaveLength(1)
    }),
  )
})

test('an answer that was not whole is dropped at once', () => {
  const { keeping, said, room } = begin()
  keeping.add(new Uint8Array(100))
  keeping.settled(false)
  expect(said).toEqual(['dropped'])
  expect(room.used).toBe(0)
})

test('an answer of 4 MiB is kept, a larger one is lost, and its memory is given back at once', () => {
  for (const [more, isKept] of [
    [0, true],
    [1, false],
  ] as const) {
    const { keeping, said, room } = begin()
    for (let piece = 0; piece < 4; piece++) keeping.add(new Uint8Array(MIB))
    keeping.add(new Uint8Array(more))
    if (!isKept) expect(room.used).toBe(0)
    keeping.begin(OK())
    keeping.settled(true)
    keeping.end()
    expect(typeof said[0]).toBe(isKept ? 'object' : 'string')
    keeping.forget()
    expect(room.used).toBe(0)
  }
})

test('an answer for which there is no memory is lost', () => {
  const { keeping, said, room } = begin(10_000)
  keeping.add(new Uint8Array(9_000))
  keeping.add(new Uint8Array(9_000))
  keeping.begin(OK())
  keeping.settled(true)
  keeping.end()
  expect(said).toEqual(['lost'])
  expect(room.used).toBe(0)
})
