import { Type } from '@sinclair/typebox'
import { messageEvent } from '../messages/event'
import { describeRoute } from '../openapi/route-docs'
import { EMULATION_ERRORS, JSON_ERRORS } from './inference-errors'
import { MESSAGES_ENVELOPE } from './messages-envelope'
import { MessagesRequestSchema } from './messages-request-schema'

const Loose = { additionalProperties: true } as const

const MessageSchema = Type.Object(
  {
    id: Type.String(),
    type: Type.Literal('message'),
    role: Type.Literal('assistant'),
    model: Type.String({ description: 'The model that answered, never an alias.' }),
    content: Type.Array(Type.Object({ type: Type.String() }, Loose)),
    stop_reason: Type.String(),
    usage: Type.Object(
      {
        input_tokens: Type.Integer({ description: 'Without what the cache gave or took.' }),
        cache_creation_input_tokens: Type.Optional(Type.Integer()),
        cache_read_input_tokens: Type.Optional(Type.Integer()),
        output_tokens: Type.Integer(),
        cost_usd: Type.Number({ description: 'What the request cost, in dollars. The gateway adds it.' }),
      },
      Loose,
    ),
  },
  Loose,
)

const HELLO = [{ role: 'user', content: 'Say hello.' }]
const ANSWER = {
  id: 'msg_8f14e45f',
  type: 'message',
  role: 'assistant',
  model: 'acme-large-2026-01',
  content: [{ type: 'text', text: 'Hello!' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: {
    input_tokens: 9,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 3,
    cost_usd: 0.0000525,
  },
}

const event = (type: string, members: object) => messageEvent(type, JSON.stringify({ type, ...members }))
const STREAM = [
  event('message_start', {
    message: { ...ANSWER, content: [], stop_reason: null, usage: { input_tokens: 0, output_tokens: 0 } },
  }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello!' } }),
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: ANSWER.usage }),
  event('message_stop', {}),
].join('')

/** What `/openapi.json` says of `POST /v1/messages`. */
export const messagesDocs = describeRoute({
  tag: 'Inference',
  summary: 'Create a message',
  description:
    'Anthropic’s Messages, streamed or whole, of any vendor’s models: set the base URL of Anthropic’s SDK to this gateway. ' +
    'For a model at Anthropic the body passes untouched; for others it is translated, and what means nothing there is ' +
    'named in `x-callmissed-dropped-params`, what a model has not and is brought to in `x-callmissed-emulated-params`. `usage` has `cost_usd` besides; in a stream it stands in `message_delta`. ' +
    'The key goes in `x-api-key` or `Authorization`; it needs the scope `llm`. Errors are Anthropic’s: `{"type":"error","error":{"type","message",' +
    '"details"},"request_id"}`, with our code in `details.error_code`; in a stream they are an event `error`.',
  access: 'key',
  body: {
    schema: MessagesRequestSchema,
    examples: {
      answer: { model: 'demo', max_tokens: 100, messages: HELLO },
      stream: { model: 'demo', max_tokens: 100, messages: HELLO, stream: true },
      tools: {
        model: 'demo',
        max_tokens: 200,
        messages: [{ role: 'user', content: 'What is the weather in Oslo?' }],
        tools: [
          {
            name: 'get_weather',
            input_schema: {
              type: 'object',
              properties: { city: { type: 'string' } },
              required: ['city'],
            },
          },
        ],
      },
    },
  },
  answer: {
    description: 'The message: JSON, or events with `stream: true`.',
    content: {
      'application/json': { schema: MessageSchema, example: ANSWER },
      'text/event-stream': {
        schema: Type.String({
          description: '`message_start` to `message_stop`, each with its `event:` line.',
        }),
        example: STREAM,
      },
    },
  },
  envelope: MESSAGES_ENVELOPE,
  errors: [
    ...JSON_ERRORS,
    ...EMULATION_ERRORS,
    'integer_below_min_value',
    'decimal_above_max_value',
    'empty_array',
    'unsupported_parameter',
  ],
})
