import { expect, test } from 'bun:test'
import { strictSchema } from '../../../src/vendors/anthropic/schema'

test('every object is closed, at every depth, and the given schema stays as it is', () => {
  const node = { type: 'object', properties: { a: { type: 'string' } } }
  const schema = {
    type: 'object',
    properties: {
      one: node,
      many: { type: 'array', items: node },
      maybe: { anyOf: [node, { type: 'null' }] },
    },
    $defs: { node: { ...node, additionalProperties: true } },
  }
  const before = structuredClone(schema)
  const closed = { ...node, additionalProperties: false }
  expect(strictSchema(schema)).toEqual({
    type: 'object',
    additionalProperties: false,
    properties: {
      one: closed,
      many: { type: 'array', items: closed },
      maybe: { anyOf: [closed, { type: 'null' }] },
    },
    $defs: { node: closed },
  })
  expect(schema).toEqual(before)
})

test.each([
  ['minimum', 1],
  ['maximum', 9],
  ['exclusiveMinimum', 0],
  ['exclusiveMaximum', 10],
  ['multipleOf', 2],
  ['minLength', 1],
  ['maxLength', 5],
  ['pattern', '^a+$'],
  ['minItems', 2],
  ['maxItems', 3],
  ['uniqueItems', true],
  ['format', 'phone'],
])('%s is said in the description', (name, value) => {
  expect(strictSchema({ type: 'string', [name]: value, description: 'A thing.' })).toEqual({
    type: 'string',
    description: `A thing.\n\n{${name}: ${JSON.stringify(value)}}`,
  })
})

test.each([
  { type: 'string', format: 'date-time' },
  { type: 'string', format: 'uuid' },
  { type: 'array', minItems: 1, items: { type: 'string' } },
  { type: 'string', enum: ['a', 'b'], default: 'a' },
  { const: 1 },
  { $ref: '#/$defs/node' },
])('%j stays as it is', schema => {
  expect(strictSchema(schema)).toEqual(schema)
})

test('oneOf is anyOf, and beside an anyOf both hold', () => {
  const [a, b] = [{ type: 'string' }, { type: 'null' }]
  expect(strictSchema({ oneOf: [a, b] })).toEqual({ anyOf: [a, b] })
  expect(strictSchema({ anyOf: [a], oneOf: [b] })).toEqual({ anyOf: [a], allOf: [{ anyOf: [b] }] })
})

test('a property that is called like a keyword is a property', () => {
  const schema = { type: 'object', properties: { format: { type: 'string' }, pattern: { type: 'string' } } }
  expect(strictSchema(schema)).toEqual({ ...schema, additionalProperties: false })
})

test('an object of any keys says what they hold', () => {
  expect(strictSchema({ type: 'object', additionalProperties: { type: 'number' } })).toEqual({
    type: 'object',
    description: '{additionalProperties: {"type":"number"}}',
    additionalProperties: false,
  })
})
