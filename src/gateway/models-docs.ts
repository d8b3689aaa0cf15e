import { Type } from '@sinclair/typebox'
import type { ErrorCode } from '../errors'
import { describeRoute } from '../openapi/route-docs'

const ModelSchema = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer({ description: 'Seconds since 1970.' }),
  owned_by: Type.String({ description: 'The vendor that it is had from first.' }),
})
const EXAMPLE = { id: 'acme-large', object: 'model', created: 1_771_027_200, owned_by: 'acme' }
const ERRORS: readonly ErrorCode[] = [
  'invalid_api_key',
  'key_revoked',
  'key_expired',
  'key_not_yet_valid',
  'scope_not_allowed',
  'store_unavailable',
]

/** What `/openapi.json` says of `GET /v1/models` and `GET /v1/models/{id}`. */
export const modelsDocs = {
  list: describeRoute({
    tag: 'Inference',
    summary: 'List models',
    description:
      'Those that this key may use and that can be called now. `GET /api/v1/models` has every one that is known, with prices.',
    access: 'key',
    answer: {
      description: 'All of them, in one page.',
      content: {
        'application/json': {
          schema: Type.Object({ object: Type.Literal('list'), data: Type.Array(ModelSchema) }),
          example: { object: 'list', data: [EXAMPLE] },
        },
      },
    },
    errors: ERRORS,
  }),
  find: describeRoute({
    tag: 'Inference',
    summary: 'Get a model',
    access: 'key',
    path: {
      id: { description: 'Its id, slashes and all, an alias, or `vendor/id`.', example: 'acme-large' },
    },
    answer: {
      description: 'The model.',
      content: { 'application/json': { schema: ModelSchema, example: EXAMPLE } },
    },
    errors: [...ERRORS, 'model_not_allowed', 'model_not_found'],
  }),
}
