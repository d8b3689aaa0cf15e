import { expect, test } from 'bun:test'
import { blankMember, findMember, isNull, nullValue, outermostMember, valueEnd } from '../../src/wire/member'

const USAGE = Buffer.from('"usage"')
const bytes = (text: string) => Uint8Array.from(Buffer.from(text))

test('a key is found with whatever space is around its colon; a string of the same text is none', () => {
  for (const text of [
    '{"usage":1}',
    '{"usage" :1}',
    '{"usage" \t: 1}',
    '{"a":"usage","usage":1}',
    '["usage",{"usage":1}]',
  ]) {
    const found = findMember(bytes(text), USAGE, 0)!
    expect(text.slice(found.start, found.start + 7)).toBe('"usage"')
    expect(text[found.end]).toBe('1')
  }
  for (const text of ['{"a":"usage"}', '["usage"]', '{"a":"\\"usage\\":1"}', '{"usages":1}', '', '"usage"'])
    expect(findMember(bytes(text), USAGE, 0)).toBeUndefined()
})

test('the outermost member is found among nested ones of its name', () => {
  const text = 'data: {"choices":[{"usage":{"a":1}}],"usage" : {"b":2},"x":{"usage":3}}\n\n'
  const found = outermostMember(bytes(text), USAGE)!
  expect(text.slice(found.start, found.end)).toBe('"usage" : ')
  expect(text.slice(found.end, valueEnd(bytes(text), found.end))).toBe('{"b":2}')
})

test('without an outermost member, or without JSON, there is none', () => {
  for (const text of ['data: {"choices":[{"usage":1}]}', 'data: [DONE]', '{"usage":', '', 'data: {"a":1} '])
    expect(outermostMember(bytes(text), USAGE)).toBeUndefined()
})

test('null is told from what only begins like it', () => {
  expect(isNull(bytes('null'), 0)).toBe(true)
  for (const text of ['nul', 'NULL', '"null"', '', '{}']) expect(isNull(bytes(text), 0)).toBe(false)
})

const VALUES = ['1', '-1.5e3', '"a\\"}b"', '{"a":{"b":"}"}}', '[1,[2],"]"]', 'true', 'null']
for (const value of VALUES)
  test(`a member of value ${value} can be blanked or nulled in its place`, () => {
    for (const [before, after] of [
      ['{', '}'],
      ['{"a":1,', '}'],
      ['{', ',"z":2}'],
      ['{"a":1,', ',"z":2}'],
      ['{"a":1 ,\t', '\t}'],
    ] as const) {
      const text = `${before}"usage":${value}${after}`
      const found = findMember(bytes(text), USAGE, 0)!
      const end = valueEnd(bytes(text), found.end)
      const blanked = bytes(text)
      blankMember(blanked, found.start, end)
      const { usage, ...rest } = JSON.parse(text)
      expect(JSON.parse(Buffer.from(blanked).toString())).toEqual(rest)
      expect(blanked.length).toBe(text.length)
      if (value.length < 4) continue
      const nulled = bytes(text)
      nullValue(nulled, found.end, end)
      expect(JSON.parse(Buffer.from(nulled).toString())).toEqual({ ...rest, usage: null })
      expect(usage).toEqual(JSON.parse(value))
    }
  })
