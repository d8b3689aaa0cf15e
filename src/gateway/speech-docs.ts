import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { JSON_ERRORS } from './inference-errors'

const words = (...names: string[]) => Type.Union(names.map(name => Type.Literal(name)))

const RequestSchema = Type.Object(
  {
    model: Type.String({ description: 'An id, an alias, or `vendor/id`, which pins that vendor.' }),
    input: Type.String({ description: 'The text. It is billed by its characters (Unicode code points).' }),
    voice: Type.Union([Type.String(), Type.Object({ id: Type.String() })]),
    response_format: Type.Optional(words('mp3', 'opus', 'aac', 'flac', 'wav', 'pcm')),
    stream_format: Type.Optional(words('audio', 'sse')),
    instructions: Type.Optional(Type.String()),
    speed: Type.Optional(Type.Number({ minimum: 0.25, maximum: 4 })),
  },
  { additionalProperties: true },
)

const STREAM = [
  { type: 'speech.audio.delta', audio: 'SUQzBAAAAAAA' },
  {
    type: 'speech.audio.done',
    usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115, cost_usd: 0.0012204 },
  },
]

/** What `/openapi.json` says of `POST /v1/audio/speech`. */
export const speechDocs = describeRoute({
  tag: 'Inference',
  summary: 'Speak a text',
  description:
    'OpenAI’s speech: the vendor’s sound as it comes. The header `x-callmissed-cost-usd` says what it costs where the ' +
    'model is priced by characters; else the audit record does, or the last event with `stream_format: "sse"`. A vendor ' +
    'that breaks off breaks the connection: sound has no place for an error. Needs the scope `tts`.',
  access: 'key',
  body: {
    schema: RequestSchema,
    examples: { answer: { model: 'tts-1', input: 'The quick brown fox.', voice: 'alloy' } },
  },
  answer: {
    description: 'Sound, of the type that the vendor says.',
    content: {
      'audio/mpeg': {
        schema: Type.Unsafe<string>({ type: 'string', format: 'binary' }),
        example: '(bytes)',
      },
      'text/event-stream': {
        schema: Type.String({
          description: 'With `stream_format: "sse"`: `speech.audio.…` events, then `[DONE]`.',
        }),
        example: `${STREAM.map(event => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`,
      },
    },
  },
  errors: JSON_ERRORS,
})
