import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { JSON_ERRORS } from './inference-errors'

const RequestSchema = Type.Object(
  {
    model: Type.String({ description: 'An id, an alias, or `vendor/id`, which pins that vendor.' }),
    prompt: Type.String(),
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: 128, default: 1 })),
    size: Type.Optional(Type.String({ description: 'Such as `1024x1024`.' })),
    quality: Type.Optional(Type.String()),
    stream: Type.Optional(Type.Boolean({ default: false })),
    partial_images: Type.Optional(Type.Integer({ minimum: 0, maximum: 3 })),
    user: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
)

const AnswerSchema = Type.Object(
  {
    created: Type.Integer({ description: 'Seconds since 1970.' }),
    data: Type.Array(
      Type.Object(
        {
          b64_json: Type.Optional(Type.String({ description: 'The picture in base64.' })),
          url: Type.Optional(Type.String()),
          revised_prompt: Type.Optional(Type.String()),
        },
        { additionalProperties: true },
      ),
    ),
    usage: Type.Optional(
      Type.Object(
        {
          input_tokens: Type.Integer(),
          output_tokens: Type.Integer(),
          total_tokens: Type.Integer(),
          cost_usd: Type.Number({
            description: 'What the request cost, in dollars. The gateway adds it.',
          }),
        },
        { additionalProperties: true },
      ),
    ),
  },
  { additionalProperties: true },
)

const USAGE = { input_tokens: 13, output_tokens: 1056, total_tokens: 1069, cost_usd: 0.042305 }
const STREAM = [
  { type: 'image_generation.partial_image', partial_image_index: 0, b64_json: 'iVBORw0KGgo=' },
  { type: 'image_generation.completed', b64_json: 'iVBORw0KGgo=', usage: USAGE },
]

/** What `/openapi.json` says of `POST /v1/images/generations`. */
export const imagesDocs = describeRoute({
  tag: 'Inference',
  summary: 'Generate images',
  description:
    'OpenAI’s images. Fields that are not listed reach the vendor untouched. Priced by tokens or by the picture, as the ' +
    'model is; where the vendor tells no usage the header `x-callmissed-cost-usd` says what it cost. Needs the scope `images`.',
  access: 'key',
  body: {
    schema: RequestSchema,
    examples: { answer: { model: 'gpt-image-1', prompt: 'A red fox in the snow.', size: '1024x1024' } },
  },
  answer: {
    description: 'The pictures: JSON, or events with `stream: true`.',
    content: {
      'application/json': {
        schema: AnswerSchema,
        example: { created: 1_795_341_600, data: [{ b64_json: 'iVBORw0KGgo=' }], usage: USAGE },
      },
      'text/event-stream': {
        schema: Type.String({ description: '`image_generation.…` events, then `[DONE]`.' }),
        example: `${STREAM.map(event => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`,
      },
    },
  },
  errors: [...JSON_ERRORS, 'integer_below_min_value', 'integer_above_max_value'],
})
