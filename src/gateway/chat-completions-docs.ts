import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { ChatRequestSchema } from './chat-request-schema'
import { EMULATION_ERRORS, JSON_ERRORS } from './inference-errors'

const UsageSchema = Type.Object(
  {
    prompt_tokens: Type.Integer(),
    completion_tokens: Type.Integer(),
    total_tokens: Type.Integer(),
    prompt_tokens_details: Type.Optional(Type.Object({ cached_tokens: Type.Integer() })),
    completion_tokens_details: Type.Optional(Type.Object({ reasoning_tokens: Type.Integer() })),
    cost_usd: Type.Number({ description: 'What the request cost, in dollars. The gateway adds it.' }),
  },
  { additionalProperties: true },
)

const ChoiceSchema = Type.Object(
  {
    index: Type.Integer(),
    message: Type.Object(
      {
        role: Type.Literal('assistant'),
        content: Type.Union([Type.String(), Type.Null()]),
        refusal: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        tool_calls: Type.Optional(Type.Array(Type.Object({}, { additionalProperties: true }))),
      },
      { additionalProperties: true },
    ),
    finish_reason: Type.Union(
      ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'].map(name => Type.Literal(name)),
    ),
  },
  { additionalProperties: true },
)

const CompletionSchema = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('chat.completion'),
    created: Type.Integer({ description: 'Seconds since 1970.' }),
    model: Type.String({ description: 'The model that answered, never an alias.' }),
    choices: Type.Array(ChoiceSchema),
    usage: UsageSchema,
  },
  { additionalProperties: true },
)

const ANSWER = {
  id: 'chatcmpl-8f14e45f',
  object: 'chat.completion',
  created: 1_795_341_600,
  model: 'acme-large-2026-01',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello! How can I help?', refusal: null },
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 9,
    completion_tokens: 7,
    total_tokens: 16,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
    cost_usd: 0.0000925,
  },
}

const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: ANSWER.id, object: 'chat.completion.chunk', created: ANSWER.created, model: ANSWER.model, ...fields })}\n\n`

const STREAM = [
  chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
  chunk({ choices: [{ index: 0, delta: { content: 'Hello!' }, finish_reason: null }] }),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  'data: [DONE]\n\n',
].join('')

const HELLO = [{ role: 'user', content: 'Say hello.' }]
const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const CITY = {
  type: 'json_schema',
  json_schema: {
    name: 'city',
    strict: true,
    schema: {
      type: 'object',
      properties: { name: { type: 'string' }, population: { type: 'integer' } },
      required: ['name', 'population'],
      additionalProperties: false,
    },
  },
}

/** What `/openapi.json` says of `POST /v1/chat/completions`. */
export const chatCompletionsDocs = describeRoute({
  tag: 'Inference',
  summary: 'Create a chat completion',
  description:
    'OpenAI’s chat completions, streamed or whole. Fields that are not listed reach a vendor of this dialect untouched. ' +
    'For a vendor of another dialect the request is translated: what it cannot do is a 400 `unsupported_parameter`, and what is ' +
    'harmless and means nothing to it is named in the answer’s header `x-callmissed-dropped-params`. A model without tools or JSON ' +
    'schemas of its own is brought to them: the header `x-callmissed-emulated-params` says of which, and by what. ' +
    '`usage.cost_usd` is added wherever there is usage; in a stream that is the last chunk, if `stream_options.include_usage` asks for it. ' +
    'A stream that fails ends in `data: {"error": …}` and `data: [DONE]`. Needs the scope `llm`.',
  access: 'key',
  body: {
    schema: ChatRequestSchema,
    examples: {
      answer: { model: 'demo', messages: HELLO },
      stream: { model: 'demo', messages: HELLO, stream: true, stream_options: { include_usage: true } },
      tools: {
        model: 'demo',
        messages: [{ role: 'user', content: 'What is the weather in Oslo?' }],
        tools: [WEATHER],
      },
      json_schema: {
        model: 'demo',
        messages: [{ role: 'user', content: 'Describe Oslo.' }],
        response_format: CITY,
      },
    },
  },
  answer: {
    description: 'The answer: JSON, or events with `stream: true`.',
    content: {
      'application/json': { schema: CompletionSchema, example: ANSWER },
      'text/event-stream': {
        schema: Type.String({ description: 'One `chat.completion.chunk` an event, then `[DONE]`.' }),
        example: STREAM,
      },
    },
  },
  errors: [
    ...JSON_ERRORS,
    ...EMULATION_ERRORS,
    'integer_below_min_value',
    'integer_above_max_value',
    'decimal_below_min_value',
    'decimal_above_max_value',
    'unsupported_parameter',
    'empty_array',
  ],
})
