import { type Static, Type } from '@sinclair/typebox'
import { aggregateUsage, USAGE_GROUPS, type UsageGroup, type UsageSum } from '../db/usage'
import { formatUsd } from '../lib/money'
import { describeRoute } from '../openapi/route-docs'
import { answer, nullable } from './answer'
import { type Actor, forScope, narrowToTenant } from './authorise'
import type { AdminDeps } from './deps'
import { invalid, readQuery } from './query'
import { FILTER_QUERY, readFilter } from './record-filter'
import { MANAGEMENT_ERRORS } from './refusals'
import { roundMs, USAGE_FIELDS, usageJson } from './usage-figures'

const UsageQuery = Type.Object({
  group_by: Type.Optional(
    Type.String({
      description: `Any list of ${USAGE_GROUPS.join(', ')}, with commas between (user: with AUDIT_METADATA=1). Without it: one sum of everything.`,
      example: 'day,model',
    }),
  ),
  ...FILTER_QUERY,
})

const Milliseconds = nullable(Type.Number())
const SumSchema = Type.Object({
  day: Type.Optional(Type.String({ format: 'date', description: 'In UTC.' })),
  model: Type.Optional(nullable(Type.String(), { description: 'Null: rejected before a model was asked.' })),
  key: Type.Optional(Type.String({ description: 'The key’s id.' })),
  tenant: Type.Optional(Type.String({ description: 'The tenant’s id.' })),
  vendor: Type.Optional(nullable(Type.String())),
  user: Type.Optional(
    nullable(Type.String(), { description: 'The caller’s `user`; with `AUDIT_METADATA=1` alone.' }),
  ),
  requests: Type.Integer(),
  ...USAGE_FIELDS,
  cost_usd: Type.String({ description: 'Dollars, exactly.' }),
  ttft_ms_p50: Milliseconds,
  ttft_ms_p95: Milliseconds,
  duration_ms_p50: Milliseconds,
  duration_ms_p95: Milliseconds,
})
type Sum = Static<typeof SumSchema>

/** `GET /api/v1/usage`: sums over the records, by any combination of fields; for a key over those of its tenant. */
export function usage(deps: AdminDeps) {
  return forScope('usage:read', deps).get(
    '/api/v1/usage',
    ({ request, actor }) => list(request, actor, deps),
    { detail: DOCS },
  )
}

async function list(request: Request, actor: Actor, { database, keepsNotes }: AdminDeps): Promise<Response> {
  const { group_by: groups, ...query } = readQuery(request, UsageQuery)
  const groupBy = groups === undefined ? [] : groups.split(',').map(name => readGroup(name, keepsNotes))
  const filter = readFilter(query, asked => narrowToTenant(actor, asked))
  const sums = filter ? await aggregateUsage(database, { ...filter, groupBy }) : []
  return answer({ data: sums.map(sum => toJson(sum, groupBy)) })
}

/** Users are there to be grouped by only where they are kept. */
function readGroup(text: string, keepsNotes: boolean): UsageGroup {
  const groups = keepsNotes ? USAGE_GROUPS : USAGE_GROUPS.filter(name => name !== 'user')
  const group = groups.find(name => name === text.trim())
  if (!group) throw invalid('group_by', `any list of ${groups.join(', ')}`)
  return group
}

function toJson(sum: UsageSum, groupBy: readonly UsageGroup[]): Sum {
  const groups: Partial<Pick<Sum, UsageGroup>> = Object.fromEntries(groupBy.map(name => [name, sum[name]]))
  return {
    ...groups,
    requests: sum.requests,
    ...usageJson(sum),
    cost_usd: formatUsd(sum.costPicoUsd),
    ttft_ms_p50: roundMs(sum.ttftMsP50),
    ttft_ms_p95: roundMs(sum.ttftMsP95),
    duration_ms_p50: roundMs(sum.durationMsP50),
    duration_ms_p95: roundMs(sum.durationMsP95),
  }
}

const EXAMPLE: Sum = {
  day: '2026-11-22',
  model: 'acme-large-2026-01',
  requests: 120,
  input_tokens: 97440,
  cached_input_tokens: 61440,
  cache_write_tokens: 0,
  output_tokens: 7680,
  reasoning_tokens: 0,
  cost_usd: '0.18216',
  ttft_ms_p50: 401.2,
  ttft_ms_p95: 870.4,
  duration_ms_p50: 1850,
  duration_ms_p95: 4120.5,
}

const DOCS = describeRoute({
  tag: 'Management',
  summary: 'Sum up usage and cost',
  description: 'Needs the admin key or `usage:read`, which shows its own tenant.',
  access: 'either',
  query: UsageQuery,
  answer: {
    description: 'One entry a combination of the fields that were asked for.',
    content: {
      'application/json': {
        schema: Type.Object({ data: Type.Array(SumSchema) }),
        example: { data: [EXAMPLE] },
      },
    },
  },
  errors: [...MANAGEMENT_ERRORS, 'not_found', 'invalid_value', 'unknown_parameter'],
})
