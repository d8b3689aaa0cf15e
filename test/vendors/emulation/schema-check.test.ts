import { expect, test } from 'bun:test'
import { problemsOf } from '../../../src/vendors/emulation/schema-check'

const CITY = {
  type: 'object',
  properties: { name: { type: 'string' }, tags: { type: 'array', items: { enum: ['a', 'b'] } } },
  required: ['name'],
  additionalProperties: false,
}

test('what departs from a schema is said where it does', () => {
  expect(problemsOf({ name: 'Oslo', tags: ['a'] }, CITY)).toEqual([])
  expect(problemsOf({ tags: ['c'], more: 1 }, CITY)).toEqual([
    expect.stringContaining('"name"'),
    expect.stringMatching(/^at tags\/0: .*"a","b"/),
    expect.stringMatching(/^at more: /),
  ])
})

test('references are followed, within definitions of either name and to the whole', () => {
  for (const defs of ['$defs', 'definitions']) {
    const schema = {
      type: 'object',
      properties: { value: { $ref: `#/${defs}/Text` }, next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      [defs]: { Text: { type: 'string' } },
    }
    expect(problemsOf({ value: 'a', next: { value: 'b', next: null } }, schema)).toEqual([])
    expect(problemsOf({ value: 'a', next: { value: 1 } }, schema)).not.toEqual([])
  }
})

test('a name that means something to schemas is a name where it names a member', () => {
  const properties = { type: { type: 'string' }, pattern: { type: 'number' }, enum: { type: 'boolean' } }
  const schema = { type: 'object', properties, additionalProperties: false }
  expect(problemsOf({ type: 'a', pattern: 1, enum: true }, schema)).toEqual([])
  expect(problemsOf({ type: 1, pattern: 'a', enum: 0 }, schema)).toHaveLength(3)
})

test('patterns and formats are not checked, nor what hangs on patterns', () => {
  const schema = {
    type: 'object',
    properties: { mail: { type: 'string', format: 'email', pattern: '^(a+)+$' } },
    patternProperties: { '^x-': { type: 'number' } },
    additionalProperties: false,
  }
  expect(problemsOf({ mail: `${'a'.repeat(40)}!`, 'x-a': 'text' }, schema)).toEqual([])
  expect(problemsOf({ mail: 1 }, schema)).not.toEqual([])
})

/** Each level refers to the next twice. */
function doubling(levels: number): Record<string, unknown> {
  const $defs = Object.fromEntries(
    Array.from({ length: levels }, (_, level) => {
      const next = { $ref: `#/$defs/d${level + 1}` }
      return [`d${level}`, { anyOf: [next, next] }]
    }),
  )
  return { $ref: '#/$defs/d0', $defs: { ...$defs, [`d${levels}`]: { type: 'string' } } }
}

test('a schema that would be checked for years, or without an end, is given up', () => {
  expect(problemsOf(1, doubling(3))).not.toEqual([])
  // 2^200 steps: if these were taken, this test would not end.
  expect(problemsOf(1, doubling(200))).toEqual([])
  expect(problemsOf(1, { $ref: '#' })).toEqual([])
  const values = Array.from({ length: 20_000 }, (_, index) => `v${index}`)
  expect(
    problemsOf(
      Array.from({ length: 20_000 }, () => 'none'),
      { items: { enum: values } },
    ),
  ).toEqual([])
})

test('a schema that is none, or refers to what is not there, forbids nothing', () => {
  expect(problemsOf({}, { $ref: '#/$defs/None' })).toEqual([])
  expect(problemsOf({}, { $ref: 'https://elsewhere.example/schema' })).toEqual([])
  expect(problemsOf({}, { properties: 7, anyOf: 'x' })).toEqual([])
  expect(problemsOf({}, { $id: 'no url://', type: 'object' })).toEqual([])
})
