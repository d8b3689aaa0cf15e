import { type TProperties, Type } from '@sinclair/typebox'

const words = (...names: string[]) => Type.Union(names.map(name => Type.Literal(name)))

/** The fields of a form with a recording, for the docs; further ones for the endpoint that has them. */
export function spokenSchema(formats: string[], more: TProperties = {}) {
  return Type.Object(
    {
      file: Type.Unsafe<string>({
        type: 'string',
        format: 'binary',
        description: 'The recording. It goes on while it arrives if `model` comes before it.',
      }),
      model: Type.String({ description: 'An id, an alias, or `vendor/id`, which pins that vendor.' }),
      prompt: Type.Optional(Type.String()),
      response_format: Type.Optional(
        Type.Unsafe<string>({
          ...words(...formats),
          default: 'json',
          description:
            '`text`, `srt` and `vtt` are written by the gateway, from what the vendor tells with its usage.',
        }),
      ),
      temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      ...more,
    },
    { additionalProperties: true },
  )
}

const Seconds = Type.Object({ type: Type.Literal('duration'), seconds: Type.Number() })
const Tokens = Type.Object({
  type: Type.Literal('tokens'),
  input_tokens: Type.Integer(),
  input_token_details: Type.Optional(
    Type.Object({ text_tokens: Type.Integer(), audio_tokens: Type.Integer() }),
  ),
  output_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
})
const COST = {
  cost_usd: Type.Number({ description: 'What the request cost, in dollars. The gateway adds it.' }),
}

/** What was heard, for the docs. */
export const TranscriptSchema = Type.Object(
  {
    text: Type.String(),
    language: Type.Optional(Type.String()),
    duration: Type.Optional(Type.Number({ description: 'In seconds.' })),
    segments: Type.Optional(Type.Array(Type.Object({}, { additionalProperties: true }))),
    usage: Type.Optional(
      Type.Union(
        [Type.Object({ ...Tokens.properties, ...COST }), Type.Object({ ...Seconds.properties, ...COST })],
        {
          description: 'By tokens or by time, as the model is billed.',
        },
      ),
    ),
  },
  { additionalProperties: true },
)

/** A text answer, for the docs. */
export const TEXT = {
  schema: Type.String({
    description: 'With `text`, `srt` or `vtt`. The header `x-callmissed-cost-usd` says what it cost.',
  }),
  example: '1\n00:00:00,000 --> 00:00:03,250\nRuby is made for happiness.\n\n',
}
