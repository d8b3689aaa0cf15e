import { type Static, Type } from '@sinclair/typebox'
import { classesOf } from '../catalog/quantities'
import { findAudit } from '../db/audit'
import { correctRecord, type Uncorrected } from '../db/correct-record'
import type { LedgerQuantities } from '../db/ledger-row'
import { GatewayError } from '../errors'
import { isId } from '../lib/id'
import { describeRoute } from '../openapi/route-docs'
import type { Usage } from '../wire/usage'
import { answer } from './answer'
import { EXAMPLE } from './audit'
import { AuditRecordSchema, auditRecord } from './audit-record'
import { forAdmin } from './authorise'
import { readBody } from './body'
import type { AdminDeps } from './deps'
import { MoneySchema, readMoney } from './money'
import { notFound } from './not-found'
import { invalid } from './query'
import { WRITE_ERRORS } from './refusals'
import { FIGURES } from './usage-figures'

/** Beyond anything that one request can use, and far from where sums stop being exact. */
const MOST = 1_000_000_000_000
const Count = Type.Optional(
  Type.Integer({ minimum: 0, maximum: MOST, description: `a whole number from 0 to ${MOST}.` }),
)
const BilledUsageSchema = Type.Object(
  {
    input_tokens: Count,
    cached_input_tokens: Count,
    cache_write_tokens: Count,
    cache_write_1h_tokens: Count,
    audio_input_tokens: Count,
    image_input_tokens: Count,
    output_tokens: Count,
    reasoning_tokens: Count,
    audio_output_tokens: Count,
    image_output_tokens: Count,
    audio_seconds: Type.Optional(Type.Number()),
    characters: Count,
    images: Count,
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description:
      'an object with all of its figures, named and nested as in the record; what is not there is 0.',
  },
)
const CorrectionSchema = Type.Object(
  {
    cost_usd: MoneySchema,
    usage: Type.Optional(BilledUsageSchema),
    vendor: Type.Optional(
      Type.String({
        description: 'Whose bill it is, as in `attempts`: where more than one may have billed it.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** `POST /api/v1/audit/{request_id}/corrections`: what a request comes to by its vendor's bill; for the admin key alone. */
export function corrections(deps: AdminDeps) {
  return forAdmin(deps).post(
    '/api/v1/audit/:request_id/corrections',
    async ({ request, params }) => {
      const body = await readBody(request, CorrectionSchema)
      return answer(auditRecord(await correct(params.request_id, body, deps)))
    },
    { parse: 'none', detail: DOCS },
  )
}

async function correct(requestId: string, body: Static<typeof CorrectionSchema>, { database }: AdminDeps) {
  const { cost_usd, usage, vendor } = body
  const costPicoUsd = readMoney(cost_usd, 'cost_usd')
  const correction = { requestId, costPicoUsd, vendor, quantities: usage && readQuantities(usage) }
  if (!isId(requestId)) throw notFound('request')
  const uncorrected = await correctRecord(database, correction, 'admin')
  if (uncorrected) throw refusal(uncorrected)
  const row = await findAudit(database, requestId)
  if (!row) throw notFound('request')
  return row
}

function refusal(uncorrected: Uncorrected): GatewayError {
  switch (uncorrected.reason) {
    case 'missing':
      return notFound('request')
    case 'vendors':
      return invalid(
        'vendor',
        `the one whose bill it is: ${uncorrected.vendors.join(', ') || 'none was asked'}`,
      )
    case 'dropped':
      return new GatewayError('not_found', 'The month of that request is not in the ledger any more.')
  }
}

function readQuantities(body: Static<typeof BilledUsageSchema>): LedgerQuantities {
  const names = Object.keys(FIGURES) as (keyof typeof FIGURES)[]
  const usage = Object.fromEntries(names.map(name => [FIGURES[name], body[name] ?? 0])) as unknown as Usage
  if (usage.audioSeconds < 0 || usage.audioSeconds > MOST)
    throw invalid('usage.audio_seconds', `a number from 0 to ${MOST}`)
  assertWithin('usage.input_tokens', usage.inputTokens, [
    ...[usage.cachedInputTokens, usage.cacheWriteTokens, usage.cacheWrite1hTokens],
    ...[usage.audioInputTokens, usage.imageInputTokens],
  ])
  assertWithin('usage.output_tokens', usage.outputTokens, [
    ...[usage.reasoningTokens, usage.audioOutputTokens, usage.imageOutputTokens],
  ])
  return classesOf(usage)
}

/** Parts that are more than their whole would be cut in silence. */
function assertWithin(field: string, whole: number, parts: readonly number[]): void {
  const sum = parts.reduce((total, part) => total + part, 0)
  if (sum > whole) throw invalid(field, `at least ${sum}, which is what its parts come to`)
}

const DOCS = describeRoute({
  tag: 'Management',
  summary: 'Correct what a request costs',
  description:
    'By a vendor’s bill: what it billed of the request is then `cost_usd`, and its figures `usage` where that is given. Nothing is overwritten: the difference is a further line of the ledger (`adjustment`), which counts in the budgets of the request’s own time, also where that shuts one. The management log notes it. The same again changes nothing. `usage_source` goes on saying whose figures the request was first booked by.',
  access: 'admin',
  path: { request_id: { description: '`x-request-id` of the answer.', example: EXAMPLE.request_id } },
  body: {
    schema: CorrectionSchema,
    examples: {
      cost: { cost_usd: '0.001518' },
      'of several': { vendor: 'acme', cost_usd: '0.001518' },
      usage: {
        cost_usd: '0.001518',
        usage: { input_tokens: 812, cached_input_tokens: 512, output_tokens: 64 },
      },
    },
  },
  answer: {
    description: 'The record as it is now.',
    content: { 'application/json': { schema: AuditRecordSchema, example: EXAMPLE } },
  },
  errors: [...WRITE_ERRORS, 'not_found'],
})
