import { type Static, Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { nullable, pageSchema } from './answer'
import { NameSchema } from './name'
import { PAGE_QUERY } from './query'
import { MANAGEMENT_ERRORS, WRITE_ERRORS } from './refusals'

const Time = Type.String({ format: 'date-time' })

/** A key as it can be read: everything but the secret. */
export const KeySchema = Type.Object({
  id: Type.String(),
  tenant_id: Type.String(),
  name: Type.String(),
  prefix: Type.String({ description: 'The first letters of the secret.' }),
  created_at: Time,
  not_before: nullable(Time),
  expires_at: nullable(Time),
  revoked_at: nullable(Time),
})

/** What makes a key. */
export const NewKeySchema = Type.Object(
  {
    tenant_id: Type.String({ description: 'the id of the tenant that it will belong to.' }),
    name: NameSchema,
    not_before: Type.Optional(
      nullable(Type.String(), { description: 'RFC 3339 in UTC; valid at once without it.' }),
    ),
    expires_at: Type.Optional(
      nullable(Type.String(), { description: 'RFC 3339 in UTC; valid for ever without it.' }),
    ),
  },
  { additionalProperties: false },
)

export const ListQuery = Type.Object({
  tenant_id: Type.Optional(Type.String({ description: 'Only the keys of this tenant.' })),
  ...PAGE_QUERY,
})

const EXAMPLE: Static<typeof KeySchema> = {
  id: '019aa1c2-0000-7000-8000-000000000002',
  tenant_id: '019aa1c2-0000-7000-8000-000000000001',
  name: 'search',
  prefix: 'cm_live_aB3x',
  created_at: '2026-11-22T10:00:00.000Z',
  not_before: null,
  expires_at: '2027-01-31T00:00:00.000Z',
  revoked_at: null,
}
const REVOKED = { ...EXAMPLE, revoked_at: '2026-11-23T08:00:00.000Z' }
const CREATED = Type.Composite([
  KeySchema,
  Type.Object({ key: Type.String({ description: 'The secret. It is shown this once.' }) }),
])
const PATH = { id: { description: 'The key’s id (not the secret).', example: EXAMPLE.id } }

/** What `/openapi.json` says of the routes. */
export const KEY_DOCS = {
  create: describeRoute({
    tag: 'Management',
    summary: 'Make a key',
    description: 'The secret is in this answer and nowhere else: what is stored is its hash.',
    access: 'admin',
    body: {
      schema: NewKeySchema,
      examples: {
        key: { tenant_id: EXAMPLE.tenant_id, name: 'search' },
        expiring: { tenant_id: EXAMPLE.tenant_id, name: 'search', expires_at: '2027-01-31T00:00:00Z' },
      },
    },
    answer: {
      status: 201,
      description: 'The new key with its secret.',
      content: {
        'application/json': { schema: CREATED, example: { ...EXAMPLE, key: `cm_live_${'•'.repeat(36)}` } },
      },
    },
    errors: [...WRITE_ERRORS, 'not_found'],
  }),
  list: describeRoute({
    tag: 'Management',
    summary: 'List keys',
    description: 'Newest first, revoked ones too.',
    access: 'admin',
    query: ListQuery,
    answer: {
      description: 'A page of keys.',
      content: {
        'application/json': {
          schema: pageSchema(KeySchema),
          example: { data: [EXAMPLE], next_cursor: null },
        },
      },
    },
    errors: [...MANAGEMENT_ERRORS, 'invalid_value', 'unknown_parameter'],
  }),
  find: describeRoute({
    tag: 'Management',
    summary: 'Get a key',
    access: 'admin',
    path: PATH,
    answer: {
      description: 'The key.',
      content: { 'application/json': { schema: KeySchema, example: EXAMPLE } },
    },
    errors: [...MANAGEMENT_ERRORS, 'not_found'],
  }),
  revoke: describeRoute({
    tag: 'Management',
    summary: 'Revoke a key',
    description: 'For good, and within seconds on every process. A second time answers the same.',
    access: 'admin',
    path: PATH,
    answer: {
      description: 'The key, revoked.',
      content: { 'application/json': { schema: KeySchema, example: REVOKED } },
    },
    errors: [...MANAGEMENT_ERRORS, 'not_found'],
  }),
}
