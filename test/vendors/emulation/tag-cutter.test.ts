import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Piece } from '../../../src/vendors/emulation/cutter'
import { TagCutter } from '../../../src/vendors/emulation/tag-cutter'
import { tagsOf } from '../../../src/vendors/emulation/tags'

const TAGS = tagsOf('k7f2')

/** What the pieces say, neighbouring words joined. */
function joined(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = []
  for (const piece of pieces) {
    const last = all.at(-1)
    if (piece.kind === 'text' && last?.kind === 'text')
      all[all.length - 1] = { ...last, text: last.text + piece.text }
    else all.push(piece)
  }
  return all
}

function cut(parts: readonly string[]): Piece[] {
  const cutter = new TagCutter(TAGS)
  return joined([...parts.flatMap(part => cutter.push(part)), ...cutter.end()])
}

/** A text cut at these places. */
function splitAt(text: string, places: readonly number[]): string[] {
  const at = [...new Set([0, ...places.map(place => place % (text.length + 1)), text.length])].toSorted(
    (one, other) => one - other,
  )
  return at.slice(1).map((end, index) => text.slice(at[index], end))
}

const CALL = `${TAGS.open}{"name":"f","arguments":{}}${TAGS.close}`

test('words around calls are words, what stands between the tags is a call', () => {
  expect(cut([`Let me see.${CALL}\n${CALL} Done.`])).toEqual([
    { kind: 'text', text: 'Let me see.' },
    { kind: 'call', text: '{"name":"f","arguments":{}}' },
    { kind: 'text', text: '\n' },
    { kind: 'call', text: '{"name":"f","arguments":{}}' },
    { kind: 'text', text: ' Done.' },
  ])
})

test('a tag of another request is nothing but words', () => {
  const quoted = tagsOf('zzzz')
  const text = `He wrote ${quoted.open}{"name":"f"}${quoted.close} and <tool_call>x</tool_call>.`
  expect(cut([text])).toEqual([{ kind: 'text', text }])
})

test('a call that was cut off is a call, and half a tag at the end is words', () => {
  expect(cut([`a${TAGS.open}{"name":"f","ar`])).toEqual([
    { kind: 'text', text: 'a' },
    { kind: 'call', text: '{"name":"f","ar' },
  ])
  expect(cut(['a <tool_call:k7'])).toEqual([{ kind: 'text', text: 'a <tool_call:k7' }])
})

/** Words, beginnings of tags, whole tags and calls, in any order. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        '<',
        '<tool',
        '<tool_call:',
        '<tool_call:k7f2',
        '</tool_call:k7f2',
        '<<tool_call:k7f2>',
        '\n',
      ),
      fc.constantFrom(TAGS.open, TAGS.close, CALL),
    ),
    { maxLength: 12 },
  )
  .map(parts => parts.join(''))

test('37: wherever the text is split, at every character too, it says the same', () => {
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(), { maxLength: 20 }), (text, places) => {
      const whole = cut([text])
      expect(cut(splitAt(text, places))).toEqual(whole)
      expect(cut([...text].flatMap(character => [...character].flatMap(each => each.split(''))))).toEqual(
        whole,
      )
    }),
    { numRuns: 500 },
  )
})

test('no word is lost, and of words never more is held back than a tag is long', () => {
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(), { maxLength: 20 }), (text, places) => {
      const cutter = new TagCutter(TAGS)
      let said = ''
      let told = ''
      for (const part of splitAt(text, places)) {
        said += part
        for (const piece of cutter.push(part))
          told += piece.kind === 'text' ? piece.text : `${TAGS.open}${piece.text}${TAGS.close}`
        // Within a call all of it is held.
        if (told + TAGS.open + cutter.held === said) continue
        expect(told + cutter.held).toBe(said)
        expect(cutter.held.length).toBeLessThan(TAGS.open.length)
      }
      const left = cutter.end()
      expect(told + left.map(({ kind, text }) => (kind === 'call' ? TAGS.open + text : text)).join('')).toBe(
        text,
      )
    }),
    { numRuns: 500 },
  )
})

test('what is longer than any call is words after all, and stops being held', () => {
  const cutter = new TagCutter(TAGS)
  const pieces = [TAGS.open, ...Array.from({ length: 20 }, () => 'x'.repeat(64 * 1024))].flatMap(part =>
    cutter.push(part),
  )
  expect(pieces.length).toBeGreaterThan(0)
  expect(pieces.every(({ kind }) => kind === 'text')).toBe(true)
  expect(cutter.held.length).toBeLessThan(TAGS.open.length)
})
