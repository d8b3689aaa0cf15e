import { Type } from '@sinclair/typebox'
import { errorJson } from '../messages/error'
import type { Envelope } from '../openapi/error-docs'

/** Anthropic's errors as the published description shows them. */
export const MESSAGES_ENVELOPE: Envelope = {
  schema: Type.Object({
    type: Type.Literal('error'),
    error: Type.Object({
      type: Type.String({ description: 'The family of the error, as Anthropic names it.' }),
      message: Type.String(),
      details: Type.Optional(
        Type.Object({
          error_code: Type.Optional(Type.String({ description: 'What programs should look at.' })),
          param: Type.Optional(Type.String({ description: 'Path of the field at fault.' })),
        }),
      ),
    }),
    request_id: Type.String(),
  }),
  write: error => errorJson(error, '01979d3c-7c1e-7000-8000-000000000000'),
}
