import { expect, test } from 'bun:test'
import { Type } from '@sinclair/typebox'
import { mendDocument } from '../../src/ops/openapi'

const mendSchema = (schema: object) =>
  (mendDocument({ components: { schemas: { It: schema } } }) as { components: { schemas: { It: unknown } } })
    .components.schemas.It

test('constants and unions of them become one enum', () => {
  expect(mendSchema(Type.Literal('a'))).toEqual({ type: 'string', enum: ['a'] })
  expect(mendSchema(Type.Union([Type.Literal('a'), Type.Literal('b')], { description: 'X' }))).toEqual({
    type: 'string',
    enum: ['a', 'b'],
    description: 'X',
  })
})

test('null among the branches becomes nullable', () => {
  expect(mendSchema(Type.Union([Type.String(), Type.Null()]))).toEqual({ type: 'string', nullable: true })
  expect(mendSchema(Type.Union([Type.Literal('a'), Type.Null()]))).toEqual({
    type: 'string',
    nullable: true,
    enum: ['a', null],
  })
  expect(mendSchema(Type.Union([Type.Union([Type.Literal('a'), Type.Literal('b')]), Type.Null()]))).toEqual({
    type: 'string',
    nullable: true,
    enum: ['a', 'b', null],
  })
  expect(mendSchema(Type.Union([Type.String(), Type.Integer(), Type.Null()]))).toEqual({
    nullable: true,
    anyOf: [{ type: 'string' }, { type: 'integer' }],
  })
})

test('exclusive bounds, pattern properties and lists of examples are written the older way', () => {
  expect(mendSchema(Type.Number({ exclusiveMinimum: 0, examples: [1, 2] }))).toEqual({
    type: 'number',
    minimum: 0,
    exclusiveMinimum: true,
    example: 1,
  })
  expect(mendSchema(Type.Record(Type.String(), Type.Number()))).toEqual({
    type: 'object',
    additionalProperties: { type: 'number' },
  })
})

test('descriptions begin like sentences', () => {
  expect(mendSchema(Type.Integer({ description: 'a whole number' }))).toEqual({
    type: 'integer',
    description: 'A whole number',
  })
  expect(mendSchema(Type.String({ description: '`cursor` of the page' }))).toMatchObject({
    description: '`cursor` of the page',
  })
})

test('data and names that read like keywords stay as they are', () => {
  const schema = Type.Object(
    { const: Type.String(), examples: Type.Literal('a'), anyOf: Type.Union([Type.String(), Type.Null()]) },
    { default: { const: 1, anyOf: [{ type: 'null' }] } },
  )
  expect(mendSchema(schema)).toEqual({
    type: 'object',
    required: ['const', 'examples', 'anyOf'],
    properties: {
      const: { type: 'string' },
      examples: { type: 'string', enum: ['a'] },
      anyOf: { type: 'string', nullable: true },
    },
    default: { const: 1, anyOf: [{ type: 'null' }] },
  })
})

test('media types that no route takes go, an answer without a description gets one, the original is not touched', () => {
  const schema = { type: 'object' }
  const original = {
    paths: {
      '/x': {
        post: {
          requestBody: {
            content: {
              'application/json': { schema },
              'multipart/form-data': { schema },
              'text/plain': { schema },
            },
          },
          responses: { 200: { content: { 'text/plain': { schema } } } },
        },
      },
    },
  }
  const before = structuredClone(original)
  expect(mendDocument(original)).toEqual({
    paths: {
      '/x': {
        post: {
          requestBody: { content: { 'application/json': { schema } } },
          responses: { 200: { description: '', content: { 'text/plain': { schema } } } },
        },
      },
    },
  })
  expect(original).toEqual(before)
})
