import { describe, expect, test } from 'bun:test'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { seededRandom } from '../../src/demo/random'
import { sampleOf } from '../../src/demo/schema-sample'

const Weather = Type.Object({
  city: Type.String({ minLength: 3, maxLength: 12 }),
  unit: Type.Union([Type.Literal('C'), Type.Literal('F')]),
  days: Type.Array(
    Type.Object(
      { high: Type.Number({ minimum: -50, maximum: 60 }), rain: Type.Boolean() },
      { additionalProperties: false },
    ),
    { minItems: 2, maxItems: 3 },
  ),
  note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})

const CASES = {
  'an object of objects and arrays': Weather,
  'whole numbers within bounds': Type.Integer({ minimum: 3, maximum: 5 }),
  'exclusive bounds': Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
  'bounds closer than any step': Type.Number({ minimum: 0.1, maximum: 0.2 }),
  'exclusive whole numbers': Type.Integer({ exclusiveMinimum: 6, exclusiveMaximum: 8 }),
  'numbers below zero': Type.Integer({ maximum: -7 }),
  multiples: Type.Integer({ multipleOf: 7, minimum: 20 }),
  'long texts': Type.String({ minLength: 500 }),
  'short texts': Type.String({ maxLength: 1 }),
  'distinct items': Type.Array(Type.String(), { minItems: 1, uniqueItems: true }),
  'a tuple': Type.Tuple([Type.String(), Type.Integer(), Type.Null()]),
  'an intersection': Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Integer() })]),
  'a constant': Type.Literal(42),
  'an object that may hold nothing else': Type.Object({}, { additionalProperties: false }),
}

describe('a sample satisfies', () => {
  for (const [name, schema] of Object.entries(CASES))
    test(name, () => {
      const broken = Array.from({ length: 200 }, (_, seed) =>
        sampleOf(JSON.parse(JSON.stringify(schema)), seededRandom(`${seed}`)),
      ).filter(value => !Value.Check(schema, value))
      expect(broken.slice(0, 3)).toEqual([])
    })

  test('an enum, lists of types and local references', () => {
    const schema = {
      type: 'object',
      required: ['color', 'size', 'pet'],
      properties: {
        color: { enum: ['red', 'blue'] },
        size: { type: ['integer', 'null'] },
        pet: { $ref: '#/$defs/Pet' },
      },
      $defs: { Pet: { type: 'object', required: ['name'], properties: { name: { const: 'Rex' } } } },
    }
    for (let seed = 0; seed < 50; seed++) {
      const value = sampleOf(schema, seededRandom(`${seed}`)) as Record<string, unknown>
      expect(['red', 'blue']).toContain(value.color as string)
      expect(value.size === null || Number.isInteger(value.size)).toBe(true)
      expect(value.pet).toEqual({ name: 'Rex' })
    }
  })
})

test('ends for a schema that contains itself', () => {
  const schema = {
    $ref: '#/$defs/Node',
    $defs: {
      Node: {
        type: 'object',
        required: ['value', 'next'],
        properties: {
          value: { type: 'integer' },
          next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] },
          children: { type: 'array', items: { $ref: '#/$defs/Node' } },
        },
      },
    },
  }
  for (let seed = 0; seed < 50; seed++) {
    const text = JSON.stringify(sampleOf(schema, seededRandom(`${seed}`)))
    expect(text).toEndWith('}')
    expect(text.length).toBeLessThan(20_000)
  }
  const endless = {
    $ref: '#/$defs/A',
    $defs: { A: { type: 'object', required: ['a'], properties: { a: { $ref: '#/$defs/A' } } } },
  }
  expect(JSON.stringify(sampleOf(endless, seededRandom('1'))).length).toBeLessThan(1000)
  expect(sampleOf({ $ref: '#' }, seededRandom('1'))).toBeDefined()
})

test('spends no more than its budget on a small schema that asks for a lot', () => {
  const many = (items: object) => ({ type: 'array', minItems: 1000, items })
  const long = many(many(many(many({ type: 'string', minLength: 10_000 }))))
  const doubled = (depth: number): object =>
    depth === 0
      ? { type: 'string' }
      : { allOf: [{ $ref: `#/$defs/${depth - 1}` }, { $ref: `#/$defs/${depth - 1}` }] }
  const $defs = Object.fromEntries(Array.from({ length: 30 }, (_, depth) => [depth, doubled(depth)]))
  const constant = many(many(many({ const: 'x'.repeat(100_000) })))
  const names = many(
    many({ type: 'object', properties: { ['n'.repeat(100_000)]: {} }, required: ['n'.repeat(100_000)] }),
  )
  for (const schema of [long, constant, names, { ...doubled(29), $defs }]) {
    const startedAt = performance.now()
    const text = JSON.stringify(sampleOf(schema, seededRandom('1')))
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(text.length).toBeLessThan(500_000)
  }
})

test('survives schemas that are none', () => {
  for (const schema of [
    null,
    7,
    'x',
    [],
    {},
    { type: 'nonsense' },
    { enum: [] },
    { anyOf: [] },
    { $ref: 'http://example.com' },
    { $ref: '#/$defs/100%' },
    { properties: 3, type: 'object' },
  ])
    expect(() => sampleOf(schema, seededRandom('1'))).not.toThrow()
})
