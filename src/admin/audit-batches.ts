import { type Static, Type } from '@sinclair/typebox'
import { type CheckedBatch, checkBatches } from '../db/audit-batch'
import { describeRoute } from '../openapi/route-docs'
import { answer, nullable, pageOf, pageSchema } from './answer'
import { forAdmin } from './authorise'
import type { AdminDeps } from './deps'
import { PAGE_QUERY, readPage, readQuery } from './query'
import { MANAGEMENT_ERRORS } from './refusals'
import { formatTime } from './time'

const STATES = ['whole', 'changed', 'unlinked', 'cut', 'gone'] as const

const BatchSchema = Type.Object({
  id: Type.String(),
  process_id: Type.String(),
  created_at: Type.String({ format: 'date-time' }),
  records: Type.Integer({ description: 'How many requests were stored in it.' }),
  found: Type.Integer({ description: 'How many of them are there now.' }),
  previous_hash: nullable(Type.String(), {
    description: 'Of its process’s batch before; null for the first.',
  }),
  hash: Type.String({
    description:
      'SHA-256 of the requests’ hashes, then SHA-256 of that, of the batch before, and of how many requests it had and between which ids. One that was stored by a version before this is the first alone, without the ids.',
  }),
  state: Type.Union(
    STATES.map(state => Type.Literal(state)),
    {
      description:
        '`whole`: every request is there as it was stored. `changed`: one was changed, removed or put in. `unlinked`: the batch before it is not there. `gone`: its requests were dropped with their month. `cut`: those of one month were, and what is left of it can be checked no more.',
    },
  ),
})
const ListQuery = Type.Object(PAGE_QUERY)

/** `GET /api/v1/audit/batches`: the hashes of what was stored, each checked against the requests that are there now. */
export function auditBatches({ database, ...deps }: AdminDeps) {
  return forAdmin(deps).get(
    '/api/v1/audit/batches',
    async ({ request }) => {
      const { limit, after } = readPage(readQuery(request, ListQuery))
      const found = await checkBatches(database, { limit: limit + 1, after })
      const page = found.slice(0, limit)
      return answer(pageOf(page, found.length > limit ? (page.at(-1)?.id ?? null) : null, toJson))
    },
    { detail: DOCS },
  )
}

function toJson(batch: CheckedBatch): Static<typeof BatchSchema> {
  return {
    id: batch.id,
    process_id: batch.processId,
    created_at: formatTime(batch.createdAt),
    records: batch.records,
    found: batch.found,
    previous_hash: batch.previousHash,
    hash: batch.hash,
    state: stateOf(batch),
  }
}

function stateOf(batch: CheckedBatch): (typeof STATES)[number] {
  const { records, found, isWhole, follows, dropped } = batch
  const isShort = found < records && dropped !== 'none'
  if (!isWhole && !isShort) return 'changed'
  if (!follows) return 'unlinked'
  if (isWhole) return 'whole'
  return dropped === 'all' ? 'gone' : 'cut'
}

const EXAMPLE = {
  id: '019aa1c2-0000-7000-8000-000000000005',
  process_id: '019aa1c2-0000-7000-8000-000000000006',
  created_at: '2026-11-22T10:00:00.000Z',
  records: 240,
  found: 240,
  previous_hash: null,
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0860303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
  state: 'whole',
}

const DOCS = describeRoute({
  tag: 'Management',
  summary: 'Check that the audit log is as it was stored',
  description:
    'Requests are stored in batches, with a hash of each batch and of the one before it of the same process; the hashes stay when the requests’ month is dropped. Newest first. `bun cm audit verify` reads it whole.',
  access: 'admin',
  query: ListQuery,
  answer: {
    description: 'A page of batches.',
    content: {
      'application/json': {
        schema: pageSchema(BatchSchema),
        example: { data: [EXAMPLE], next_cursor: EXAMPLE.id },
      },
    },
  },
  errors: [...MANAGEMENT_ERRORS, 'invalid_value', 'unknown_parameter'],
})
