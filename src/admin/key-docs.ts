import { type Static, Type } from '@sinclair/typebox'
import { describeRoute } from '../openapi/route-docs'
import { pageSchema } from './answer'
import { ChangedKeySchema, KeySchema, ListQuery, NewKeySchema, RotationSchema } from './key-schema'
import { MANAGEMENT_ERRORS, WRITE_ERRORS } from './refusals'

const EXAMPLE: Static<typeof KeySchema> = {
  id: '019aa1c2-0000-7000-8000-000000000002',
  tenant_id: '019aa1c2-0000-7000-8000-000000000001',
  name: 'search',
  prefix: 'cm_live_aB3x',
  scopes: ['stt', 'embeddings'],
  models: ['gpt-*'],
  limits: { rpm: 60, tpm: null, concurrency: 4 },
  budget: {
    limit_usd: '10',
    spent_usd: '2.001518',
    reserved_usd: '0',
    period: 'month',
    resets_at: '2026-12-01T00:00:00.000Z',
  },
  created_at: '2026-11-22T10:00:00.000Z',
  not_before: null,
  expires_at: '2027-01-31T00:00:00.000Z',
  revoked_at: null,
  old_secret_until: null,
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
    description:
      'Needs the admin key or `keys:write`. The secret is in this answer and nowhere else: what is stored is its hash. Without `scopes` the key has every inference scope: `llm` (chats, messages, completions), `embeddings`, `stt` (speech to text), `tts` (text to speech), `images`, `moderations`. One that a key makes belongs to its tenant, has its scopes, models, limits, budget and expiry where nothing is said, and never more: 403 `scope_not_allowed`.',
    access: 'either',
    body: {
      schema: NewKeySchema,
      examples: {
        key: { tenant_id: EXAMPLE.tenant_id, name: 'search' },
        transcription: {
          tenant_id: EXAMPLE.tenant_id,
          name: 'subtitles',
          scopes: ['stt'],
          models: ['gpt-*', 'whisper-*'],
        },
        limited: { tenant_id: EXAMPLE.tenant_id, name: 'search', limits: { rpm: 60, tpm: 100_000 } },
        budgeted: {
          tenant_id: EXAMPLE.tenant_id,
          name: 'search',
          budget: { limit_usd: '10.00', period: 'month' },
        },
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
    description:
      'Newest first, revoked ones too. Needs the admin key or `keys:read`, which shows the keys of its own tenant.',
    access: 'either',
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
    errors: [...MANAGEMENT_ERRORS, 'not_found', 'invalid_value', 'unknown_parameter'],
  }),
  find: describeRoute({
    tag: 'Management',
    summary: 'Get a key',
    description: 'Needs the admin key or `keys:read`.',
    access: 'either',
    path: PATH,
    answer: {
      description: 'The key.',
      content: { 'application/json': { schema: KeySchema, example: EXAMPLE } },
    },
    errors: [...MANAGEMENT_ERRORS, 'not_found'],
  }),
  update: describeRoute({
    tag: 'Management',
    summary: 'Change a key',
    description:
      'Only what the body names; `budget` is exchanged whole, and what was spent of it stays spent. It holds within a second on every process, also for streams that are open. Needs the admin key or `keys:write`; a key cannot leave another one with more than it has itself: 403 `scope_not_allowed`.',
    access: 'either',
    path: PATH,
    body: {
      schema: ChangedKeySchema,
      examples: {
        scopes: { scopes: ['stt'] },
        models: { models: ['claude-*'] },
        limits: { limits: { rpm: 60, concurrency: null } },
        budget: { budget: { limit_usd: '25.00', period: 'month' } },
        unlimited: { budget: null },
        end: { expires_at: '2027-01-31T00:00:00Z' },
      },
    },
    answer: {
      description: 'The key as it is now.',
      content: { 'application/json': { schema: KeySchema, example: EXAMPLE } },
    },
    errors: [...WRITE_ERRORS, 'not_found'],
  }),
  rotate: describeRoute({
    tag: 'Management',
    summary: 'Give a key a new secret',
    description:
      'The key stays the same: id, rights, usage. The new secret is shown this once. The old one works for `grace_seconds` more (none if nothing is said) and is `key_expired` then; the one before it, if the key was rotated before, is forgotten. The body may be left out.',
    access: 'either',
    path: PATH,
    body: {
      optional: true,
      schema: RotationSchema,
      examples: { grace: { grace_seconds: 3600 }, at_once: {} },
    },
    answer: {
      description: 'The key with its new secret.',
      content: {
        'application/json': { schema: CREATED, example: { ...EXAMPLE, key: `cm_live_${'•'.repeat(36)}` } },
      },
    },
    errors: [...WRITE_ERRORS, 'not_found'],
  }),
  revoke: describeRoute({
    tag: 'Management',
    summary: 'Revoke a key',
    description:
      'For good, and within a second on every process; its open streams are cut with `key_revoked`. A second time answers the same. Needs the admin key or `keys:write`.',
    access: 'either',
    path: PATH,
    answer: {
      description: 'The key, revoked.',
      content: { 'application/json': { schema: KeySchema, example: REVOKED } },
    },
    errors: [...MANAGEMENT_ERRORS, 'not_found'],
  }),
}
