import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { INFERENCE_ERRORS } from './inference-errors'
import { spokenSchema, TEXT, TranscriptSchema } from './spoken-schema'

const STREAM = [
  { type: 'transcript.text.delta', delta: 'Ruby is made' },
  { type: 'transcript.text.delta', delta: ' for happiness.' },
  {
    type: 'transcript.text.done',
    text: 'Ruby is made for happiness.',
    usage: { type: 'tokens', input_tokens: 37, output_tokens: 9, total_tokens: 46, cost_usd: 0.000312 },
  },
]

/** What `/openapi.json` says of `POST /v1/audio/transcriptions`. */
export const transcriptionsDocs = describeRoute({
  tag: 'Inference',
  summary: 'Transcribe speech',
  description:
    'OpenAI’s transcriptions: a form with a recording, up to `MAX_UPLOAD_BYTES`. Fields that are not listed reach the ' +
    'vendor as they are. Lists are repeated as `name[]`. Needs the scope `stt`. A vendor that tells no usage is billed ' +
    'by the length that the recording’s own head says, which the record calls `estimated`.',
  access: 'key',
  body: {
    form: true,
    schema: spokenSchema(['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'], {
      language: Type.Optional(Type.String({ description: 'ISO 639-1, such as `en`.' })),
      stream: Type.Optional(Type.Boolean({ default: false })),
      'timestamp_granularities[]': Type.Optional(
        Type.Array(Type.Union([Type.Literal('word'), Type.Literal('segment')])),
      ),
      'include[]': Type.Optional(Type.Array(Type.String())),
    }),
    examples: { answer: { model: 'whisper-1', file: '@speech.wav', response_format: 'json' } },
  },
  answer: {
    description: 'What was said.',
    content: {
      'application/json': {
        schema: TranscriptSchema,
        example: {
          text: 'Ruby is made for happiness.',
          usage: { type: 'duration', seconds: 4, cost_usd: 0.0004 },
        },
      },
      'text/plain': TEXT,
      'text/event-stream': {
        schema: Type.String({ description: 'With `stream`: `transcript.text.…` events, then `[DONE]`.' }),
        example: `${STREAM.map(event => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`,
      },
    },
  },
  errors: [...INFERENCE_ERRORS, 'invalid_multipart', 'duplicate_key'],
})
