import { Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { BILLABLE_ERRORS, JSON_ERRORS } from './inference-errors'
import { MESSAGES_ENVELOPE } from './messages-envelope'
import { MessagesRequestSchema } from './messages-request-schema'

/** What `/openapi.json` says of `POST /v1/messages/count_tokens`. */
export const countTokensDocs = describeRoute({
  tag: 'Inference',
  summary: 'Count a message’s tokens',
  description:
    'Anthropic’s `count_tokens`: a model at Anthropic is counted there, for others it is an estimate of ours. It costs ' +
    'nothing and leaves no audit record. Errors are Anthropic’s, as of `POST /v1/messages`. Needs the scope `llm`.',
  access: 'key',
  body: {
    schema: Type.Omit(MessagesRequestSchema, ['max_tokens']),
    examples: { count: { model: 'demo', messages: [{ role: 'user', content: 'Say hello.' }] } },
  },
  answer: {
    description: 'The count.',
    content: {
      'application/json': {
        schema: Type.Object({ input_tokens: Type.Integer() }),
        example: { input_tokens: 9 },
      },
    },
  },
  envelope: MESSAGES_ENVELOPE,
  errors: [
    ...JSON_ERRORS.filter(code => !BILLABLE_ERRORS.includes(code)),
    'rate_limit_exceeded',
    'integer_below_min_value',
    'empty_array',
    'unsupported_parameter',
  ],
})
