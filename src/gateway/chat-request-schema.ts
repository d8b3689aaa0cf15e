import { Type } from '@sinclair/typebox'

const Content = Type.Union([
  Type.String(),
  Type.Array(
    Type.Object(
      {
        type: Type.Union(
          ['text', 'image_url', 'input_audio', 'file', 'refusal'].map(name => Type.Literal(name)),
        ),
        text: Type.Optional(Type.String()),
        image_url: Type.Optional(
          Type.Object({
            url: Type.String({ description: 'http(s) or a `data:` URL.' }),
            detail: Type.Optional(Type.Union(['auto', 'low', 'high'].map(name => Type.Literal(name)))),
          }),
        ),
        input_audio: Type.Optional(
          Type.Object({
            data: Type.String({ description: 'Base64.' }),
            format: Type.Union([Type.Literal('wav'), Type.Literal('mp3')]),
          }),
        ),
        file: Type.Optional(Type.Object({}, { additionalProperties: true })),
      },
      { additionalProperties: true },
    ),
  ),
  Type.Null(),
])

const ToolCall = Type.Object({
  id: Type.String(),
  type: Type.Union([Type.Literal('function'), Type.Literal('custom')]),
  function: Type.Optional(
    Type.Object({ name: Type.String(), arguments: Type.String({ description: 'JSON, as a string.' }) }),
  ),
  custom: Type.Optional(Type.Object({ name: Type.String(), input: Type.String() })),
})

const Message = Type.Object(
  {
    role: Type.Union(['developer', 'system', 'user', 'assistant', 'tool'].map(name => Type.Literal(name))),
    content: Type.Optional(Content),
    name: Type.Optional(Type.String()),
    tool_calls: Type.Optional(Type.Array(ToolCall, { description: 'Of an assistant’s message.' })),
    tool_call_id: Type.Optional(Type.String({ description: 'Of a tool’s message: what it answers.' })),
  },
  { additionalProperties: true },
)

const Tool = Type.Object(
  {
    type: Type.Union([Type.Literal('function'), Type.Literal('custom')]),
    function: Type.Optional(
      Type.Object({
        name: Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' }),
        description: Type.Optional(Type.String()),
        parameters: Type.Optional(
          Type.Object({}, { additionalProperties: true, description: 'A JSON Schema.' }),
        ),
        strict: Type.Optional(Type.Boolean()),
      }),
    ),
  },
  { additionalProperties: true },
)

const ToolChoice = Type.Union([
  Type.Union(['none', 'auto', 'required'].map(name => Type.Literal(name))),
  Type.Object({ type: Type.String() }, { additionalProperties: true }),
])

const ResponseFormat = Type.Object(
  {
    type: Type.Union(['text', 'json_object', 'json_schema'].map(name => Type.Literal(name))),
    json_schema: Type.Optional(
      Type.Object({
        name: Type.String(),
        schema: Type.Object({}, { additionalProperties: true }),
        strict: Type.Optional(Type.Boolean()),
      }),
    ),
  },
  { additionalProperties: true },
)

/**
 * The fields of a chat request that people use, for the docs alone: the route reads raw bytes, and whatever is not
 * named here reaches the vendor untouched. Optional ones may be null.
 */
export const ChatRequestSchema = Type.Object(
  {
    model: Type.String({ description: 'An id, an alias, or `vendor/id`, which pins that vendor.' }),
    messages: Type.Array(Message, { minItems: 1 }),
    stream: Type.Optional(
      Type.Boolean({ default: false, description: 'The answer comes as it is made, as server-sent events.' }),
    ),
    stream_options: Type.Optional(
      Type.Object({
        include_usage: Type.Optional(
          Type.Boolean({ description: 'A last chunk has the usage, with `cost_usd`.' }),
        ),
      }),
    ),
    max_completion_tokens: Type.Optional(
      Type.Integer({ minimum: 1, description: 'The longest answer, reasoning included.' }),
    ),
    max_tokens: Type.Optional(Type.Integer({ minimum: 1, description: 'The older name of the same.' })),
    temperature: Type.Optional(
      Type.Number({ minimum: 0, maximum: 2, description: 'Higher is more random.' }),
    ),
    tools: Type.Optional(Type.Array(Tool, { description: 'Functions that the model may call.' })),
    tool_choice: Type.Optional(ToolChoice),
    parallel_tool_calls: Type.Optional(
      Type.Boolean({ description: 'Whether one answer may hold several calls.' }),
    ),
    response_format: Type.Optional(ResponseFormat),
    reasoning_effort: Type.Optional(
      Type.String({ description: 'Such as `minimal`, `low`, `medium` or `high`.' }),
    ),
    n: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 128, description: 'How many answers; each is billed.' }),
    ),
    stop: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: 4 })])),
    top_p: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Only the likeliest tokens of this total probability.',
      }),
    ),
    presence_penalty: Type.Optional(
      Type.Number({ minimum: -2, maximum: 2, description: 'Against tokens that are there already.' }),
    ),
    frequency_penalty: Type.Optional(
      Type.Number({ minimum: -2, maximum: 2, description: 'Against tokens by how often they are there.' }),
    ),
    logit_bias: Type.Optional(
      Type.Record(Type.String(), Type.Number(), { description: 'By token id, from −100 to 100.' }),
    ),
    logprobs: Type.Optional(
      Type.Boolean({ description: 'The probability of every token comes with the answer.' }),
    ),
    top_logprobs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 20, description: 'And so many others that were likely.' }),
    ),
    seed: Type.Optional(
      Type.Integer({ description: 'The same seed and request give the same answer, mostly.' }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'Up to 16 texts of your own.' }),
    ),
    user: Type.Optional(Type.String({ description: 'A stable id of your own user.' })),
  },
  { additionalProperties: true },
)
