import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { JSON_ERRORS } from './inference-errors'

const RequestSchema = Type.Object(
  {
    model: Type.String({ description: 'An id, an alias, or `vendor/id`, which pins that vendor.' }),
    input: Type.Union(
      [
        Type.String(),
        Type.Array(Type.String(), { minItems: 1 }),
        Type.Array(Type.Integer(), { minItems: 1 }),
        Type.Array(Type.Array(Type.Integer()), { minItems: 1 }),
      ],
      { description: 'A text, several of them, or the same in tokens.' },
    ),
    encoding_format: Type.Optional(
      Type.Union([Type.Literal('float'), Type.Literal('base64')], {
        default: 'float',
        description:
          'OpenAI’s SDKs ask for `base64` by themselves, and get it also from vendors that know none.',
      }),
    ),
    dimensions: Type.Optional(Type.Integer({ minimum: 1 })),
    user: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
)

const AnswerSchema = Type.Object(
  {
    object: Type.Literal('list'),
    model: Type.String(),
    data: Type.Array(
      Type.Object({
        object: Type.Literal('embedding'),
        index: Type.Integer({ description: 'Which input it is of.' }),
        embedding: Type.Union([
          Type.Array(Type.Number()),
          Type.String({ description: 'Base64 of little-endian 32-bit floats.' }),
        ]),
      }),
    ),
    usage: Type.Object({
      prompt_tokens: Type.Integer(),
      total_tokens: Type.Integer(),
      cost_usd: Type.Number({ description: 'What the request cost, in dollars. The gateway adds it.' }),
    }),
  },
  { additionalProperties: true },
)

/** What `/openapi.json` says of `POST /v1/embeddings`. */
export const embeddingsDocs = describeRoute({
  tag: 'Inference',
  summary: 'Create embeddings',
  description:
    'OpenAI’s embeddings. Fields that are not listed reach a vendor of this dialect untouched. Needs the scope `embeddings`.',
  access: 'key',
  body: {
    schema: RequestSchema,
    examples: {
      one: { model: 'text-embedding-3-small', input: 'How do I reset my password?' },
      several: {
        model: 'text-embedding-3-small',
        input: ['red', 'green'],
        dimensions: 256,
        encoding_format: 'float',
      },
    },
  },
  answer: {
    description: 'One embedding an input, in their order.',
    content: {
      'application/json': {
        schema: AnswerSchema,
        example: {
          object: 'list',
          model: 'text-embedding-3-small',
          data: [{ object: 'embedding', index: 0, embedding: [0.0023, -0.0093, 0.0157] }],
          usage: { prompt_tokens: 7, total_tokens: 7, cost_usd: 0.00000014 },
        },
      },
    },
  },
  errors: [...JSON_ERRORS, 'empty_array'],
})
