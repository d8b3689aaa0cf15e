import { Type } from '@sinclair/typebox'

const Loose = { additionalProperties: true } as const

const Block = Type.Object(
  {
    type: Type.String({
      description:
        '`text`, `image`, `document`, `tool_use`, `tool_result`, `thinking`, `redacted_thinking`, `search_result`.',
    }),
    text: Type.Optional(Type.String()),
    source: Type.Optional(Type.Object({ type: Type.String() }, Loose)),
    cache_control: Type.Optional(Type.Object({ type: Type.Literal('ephemeral') }, Loose)),
  },
  Loose,
)

const Content = Type.Union([Type.String(), Type.Array(Block)])

const Tool = Type.Object(
  {
    name: Type.String(),
    description: Type.Optional(Type.String()),
    input_schema: Type.Object({}, { ...Loose, description: 'A JSON Schema of an object.' }),
    strict: Type.Optional(Type.Boolean()),
  },
  Loose,
)

/** The fields of a Messages request that people use, for the docs alone: the route reads raw bytes. */
export const MessagesRequestSchema = Type.Object(
  {
    model: Type.String({ description: 'An id, an alias, or `vendor/id`, of any vendor.' }),
    max_tokens: Type.Integer({ minimum: 0, description: 'How long the answer may be.' }),
    messages: Type.Array(
      Type.Object(
        {
          role: Type.Union(['user', 'assistant', 'system'].map(name => Type.Literal(name))),
          content: Content,
        },
        Loose,
      ),
      { minItems: 1 },
    ),
    system: Type.Optional(Content),
    stream: Type.Optional(Type.Boolean({ default: false })),
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    top_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    stop_sequences: Type.Optional(Type.Array(Type.String())),
    tools: Type.Optional(Type.Array(Tool)),
    tool_choice: Type.Optional(Type.Object({ type: Type.String() }, Loose)),
    thinking: Type.Optional(Type.Object({ type: Type.String() }, Loose)),
    output_config: Type.Optional(Type.Object({}, Loose)),
    metadata: Type.Optional(Type.Object({ user_id: Type.Optional(Type.String()) }, Loose)),
  },
  Loose,
)
