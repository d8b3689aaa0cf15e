import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { JSON_ERRORS } from './inference-errors'

const Part = Type.Object(
  {
    type: Type.Union([Type.Literal('text'), Type.Literal('image_url')]),
    text: Type.Optional(Type.String()),
    image_url: Type.Optional(Type.Object({ url: Type.String() })),
  },
  { additionalProperties: true },
)

const RequestSchema = Type.Object(
  {
    input: Type.Union([Type.String(), Type.Array(Type.String()), Type.Array(Part)]),
    model: Type.Optional(Type.String({ default: 'omni-moderation-latest' })),
  },
  { additionalProperties: true },
)

const AnswerSchema = Type.Object(
  {
    id: Type.String(),
    model: Type.String(),
    results: Type.Array(
      Type.Object(
        {
          flagged: Type.Boolean(),
          categories: Type.Record(Type.String(), Type.Boolean()),
          category_scores: Type.Record(Type.String(), Type.Number()),
        },
        { additionalProperties: true },
      ),
    ),
  },
  { additionalProperties: true },
)

/** What `/openapi.json` says of `POST /v1/moderations`. */
export const moderationsDocs = describeRoute({
  tag: 'Inference',
  summary: 'Moderate texts and images',
  description:
    'OpenAI’s moderations. The header `x-callmissed-cost-usd` says what it cost, which is 0 for most models. Needs the scope `moderations`.',
  access: 'key',
  body: {
    schema: RequestSchema,
    examples: { answer: { model: 'omni-moderation-latest', input: 'I want to plant a tree.' } },
  },
  answer: {
    description: 'One result an input.',
    content: {
      'application/json': {
        schema: AnswerSchema,
        example: {
          id: 'modr-5543',
          model: 'omni-moderation-2024-09-26',
          results: [
            { flagged: false, categories: { violence: false }, category_scores: { violence: 0.00001 } },
          ],
        },
      },
    },
  },
  errors: [...JSON_ERRORS, 'empty_array'],
})
