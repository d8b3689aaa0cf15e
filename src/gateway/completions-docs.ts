import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { JSON_ERRORS } from './inference-errors'

const RequestSchema = Type.Object(
  {
    model: Type.String({ description: 'An id, an alias, or `vendor/id`, which pins that vendor.' }),
    prompt: Type.Union([
      Type.String(),
      Type.Array(Type.String(), { minItems: 1 }),
      Type.Array(Type.Integer(), { minItems: 1 }),
      Type.Array(Type.Array(Type.Integer()), { minItems: 1 }),
    ]),
    max_tokens: Type.Optional(Type.Integer({ minimum: 0, default: 16 })),
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: 128 })),
    stream: Type.Optional(Type.Boolean({ default: false })),
    stream_options: Type.Optional(
      Type.Object({
        include_usage: Type.Optional(Type.Boolean({ description: 'A last chunk has the usage.' })),
      }),
    ),
    stop: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
    suffix: Type.Optional(Type.String()),
    echo: Type.Optional(Type.Boolean()),
    logprobs: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
    user: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
)

const CompletionSchema = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('text_completion'),
    created: Type.Integer({ description: 'Seconds since 1970.' }),
    model: Type.String(),
    choices: Type.Array(
      Type.Object(
        { index: Type.Integer(), text: Type.String(), finish_reason: Type.String() },
        { additionalProperties: true },
      ),
    ),
    usage: Type.Object(
      {
        prompt_tokens: Type.Integer(),
        completion_tokens: Type.Integer(),
        total_tokens: Type.Integer(),
        cost_usd: Type.Number({ description: 'What the request cost, in dollars. The gateway adds it.' }),
      },
      { additionalProperties: true },
    ),
  },
  { additionalProperties: true },
)

const HEAD = {
  id: 'cmpl-8f14e45f',
  object: 'text_completion',
  created: 1_795_341_600,
  model: 'gpt-3.5-turbo-instruct',
}
const choice = (text: string, finish: string | null) => ({
  index: 0,
  text,
  logprobs: null,
  finish_reason: finish,
})
const STREAM = [
  { ...HEAD, choices: [choice(' upon', null)] },
  { ...HEAD, choices: [choice(' a time', 'stop')] },
]

/** What `/openapi.json` says of `POST /v1/completions`. */
export const completionsDocs = describeRoute({
  tag: 'Inference',
  summary: 'Go on with a text',
  description:
    'OpenAI’s older completions, streamed or whole. Models that have chats alone are asked for one: they take one text, and ' +
    'no `suffix`, `echo`, `best_of` or `logprobs`. Fields that are not listed reach the vendor untouched; usage and its cost ' +
    'are told as in chats. Needs the scope `llm`.',
  access: 'key',
  body: {
    schema: RequestSchema,
    examples: { answer: { model: 'gpt-3.5-turbo-instruct', prompt: 'Once', max_tokens: 16 } },
  },
  answer: {
    description: 'The answer: JSON, or events with `stream: true`.',
    content: {
      'application/json': {
        schema: CompletionSchema,
        example: {
          ...HEAD,
          choices: [choice(' upon a time', 'stop')],
          usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4, cost_usd: 0.0000075 },
        },
      },
      'text/event-stream': {
        schema: Type.String({ description: 'One `text_completion` an event, then `[DONE]`.' }),
        example: `${STREAM.map(event => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`,
      },
    },
  },
  errors: [
    ...JSON_ERRORS,
    'empty_array',
    'unsupported_parameter',
    'integer_below_min_value',
    'integer_above_max_value',
    'decimal_below_min_value',
    'decimal_above_max_value',
  ],
})
