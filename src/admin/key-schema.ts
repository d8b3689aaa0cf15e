import { Type } from '@sinclair/typebox'
import { SCOPES } from '../auth/scope'
import { nullable } from './answer'
import { BudgetSchema, ShownBudgetSchema } from './budget-schema'
import { LimitsSchema, ShownLimitsSchema } from './limits-schema'
import { NameSchema } from './name'
import { PAGE_QUERY } from './query'

const Time = Type.String({ format: 'date-time' })
const MOST_MODELS = 100
const LONGEST_GRACE_SECONDS = 30 * 86_400

/** A key as it can be read: everything but the secret. */
export const KeySchema = Type.Object({
  id: Type.String(),
  tenant_id: Type.String(),
  name: Type.String(),
  prefix: Type.String({ description: 'The first letters of the secret.' }),
  scopes: Type.Array(Type.String(), { description: 'What it may do.' }),
  models: nullable(Type.Array(Type.String()), {
    description: 'The models that it may use, as ids or globs; null is every model.',
  }),
  limits: ShownLimitsSchema,
  budget: ShownBudgetSchema,
  created_at: Time,
  not_before: nullable(Time),
  expires_at: nullable(Time),
  revoked_at: nullable(Time),
  old_secret_until: nullable(Time, {
    description: 'Until when the secret before the last rotation works; null if it was never rotated.',
  }),
})

const RIGHTS = {
  scopes: Type.Optional(
    Type.Array(
      Type.Union(
        SCOPES.map(scope => Type.Literal(scope)),
        { description: `one of ${SCOPES.join(', ')}.` },
      ),
      { maxItems: 2 * SCOPES.length, description: 'a list of scopes. What the key may do.' },
    ),
  ),
  models: Type.Optional(
    nullable(Type.Array(Type.String(), { minItems: 1, maxItems: MOST_MODELS }), {
      description: `a list of 1 to ${MOST_MODELS} model ids or globs such as claude-*, or null for every model.`,
    }),
  ),
  limits: Type.Optional(LimitsSchema),
  budget: Type.Optional(BudgetSchema),
  not_before: Type.Optional(
    nullable(Type.String(), { description: 'RFC 3339 in UTC; valid at once if it is null.' }),
  ),
  expires_at: Type.Optional(
    nullable(Type.String(), { description: 'RFC 3339 in UTC; valid for ever if it is null.' }),
  ),
}

/** What makes a key. */
export const NewKeySchema = Type.Object(
  {
    tenant_id: Type.Optional(
      Type.String({
        description: 'the id of the tenant that it will belong to. A key makes keys of its own tenant alone.',
      }),
    ),
    name: NameSchema,
    ...RIGHTS,
  },
  { additionalProperties: false },
)

/** What changes a key: the fields that are there. */
export const ChangedKeySchema = Type.Object(
  { name: Type.Optional(NameSchema), ...RIGHTS },
  { additionalProperties: false },
)

/** What a rotation may say. */
export const RotationSchema = Type.Object(
  {
    grace_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LONGEST_GRACE_SECONDS,
        default: 0,
        description: `a whole number of seconds from 0 to ${LONGEST_GRACE_SECONDS}. So long the old secret works.`,
      }),
    ),
  },
  { additionalProperties: false },
)

export const ListQuery = Type.Object({
  tenant_id: Type.Optional(Type.String({ description: 'Only the keys of this tenant.' })),
  ...PAGE_QUERY,
})
