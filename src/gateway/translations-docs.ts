import { describeRoute } from '../openapi/route-docs'
import { INFERENCE_ERRORS } from './inference-errors'
import { spokenSchema, TEXT, TranscriptSchema } from './spoken-schema'

/** What `/openapi.json` says of `POST /v1/audio/translations`. */
export const translationsDocs = describeRoute({
  tag: 'Inference',
  summary: 'Translate speech into English',
  description:
    'OpenAI’s translations: the same form as for transcriptions, with English as the answer. Needs the scope `stt`.',
  access: 'key',
  body: {
    form: true,
    schema: spokenSchema(['json', 'text', 'srt', 'verbose_json', 'vtt']),
    examples: { answer: { model: 'whisper-1', file: '@speech.wav' } },
  },
  answer: {
    description: 'What was said, in English.',
    content: {
      'application/json': {
        schema: TranscriptSchema,
        example: {
          text: 'Ruby is made for happiness.',
          usage: { type: 'duration', seconds: 4, cost_usd: 0.0004 },
        },
      },
      'text/plain': TEXT,
    },
  },
  errors: [...INFERENCE_ERRORS, 'invalid_multipart', 'duplicate_key'],
})
