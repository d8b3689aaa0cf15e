import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { newId } from '../../src/lib/id'
import { auditRow, storeAudit } from '../db/rows'
import { type Management, startManagement } from './start-management'

let management: Management
let id: string
beforeAll(async () => {
  management = await startManagement()
})
afterAll(() => management.stop())
beforeEach(async () => {
  const row = auditRow({ tenantId: newId() })
  id = row.requestId
  await storeAudit(management.fresh.db, [row])
})

const correct = (body: unknown, request = id) =>
  management.ask('POST', `/api/v1/audit/${request}/corrections`, body)
const read = async () => (await management.ask('GET', `/api/v1/audit/${id}`)).json

test('the answer is the record as it is now', async () => {
  const { status, json } = await correct({
    cost_usd: '0.25',
    usage: { input_tokens: 900, cached_input_tokens: 512, output_tokens: 70, audio_seconds: 1.25 },
  })
  expect(status).toBe(200)
  expect(json).toEqual(await read())
  expect(json).toMatchObject({ request_id: id, cost_usd: '0.25' })
  expect(json.usage).toEqual({
    ...{ input_tokens: 900, cached_input_tokens: 512, cache_write_tokens: 0, output_tokens: 70 },
    ...{ reasoning_tokens: 0, audio_seconds: 1.25 },
  })
})

test('without figures they stay', async () => {
  const { usage } = await read()
  expect((await correct({ cost_usd: '0' })).json).toMatchObject({ cost_usd: '0', usage })
})

test.each([
  [{}, 'missing_required_parameter', 'cost_usd'],
  [{ cost_usd: 0.25 }, 'invalid_type', 'cost_usd'],
  [{ cost_usd: '-1' }, 'invalid_value', 'cost_usd'],
  [{ cost_usd: '1e3' }, 'invalid_value', 'cost_usd'],
  [{ cost_usd: '1', reason: 'x' }, 'unknown_parameter', 'reason'],
  [{ cost_usd: '1', usage: { input: 1 } }, 'unknown_parameter', 'usage.input'],
  [{ cost_usd: '1', usage: { input_tokens: -1 } }, 'invalid_value', 'usage.input_tokens'],
  [{ cost_usd: '1', usage: { input_tokens: 1.5 } }, 'invalid_type', 'usage.input_tokens'],
  [{ cost_usd: '1', usage: { images: 1_000_000_000_001 } }, 'invalid_value', 'usage.images'],
  [{ cost_usd: '1', usage: { audio_seconds: 1_000_000_000_001 } }, 'invalid_value', 'usage.audio_seconds'],
  [{ cost_usd: '1', usage: {} }, 'invalid_value', 'usage'],
  [{ cost_usd: '1', usage: null }, 'invalid_type', 'usage'],
  [{ cost_usd: '1', vendor: 'nobody' }, 'invalid_value', 'vendor'],
  [{ cost_usd: '1', vendor: 7 }, 'invalid_type', 'vendor'],
  ...['cached_input', 'cache_write', 'cache_write_1h', 'audio_input', 'image_input'].map(part => [
    { cost_usd: '1', usage: { [`${part}_tokens`]: 1 } },
    'invalid_value',
    'usage.input_tokens',
  ]),
  ...['reasoning', 'audio_output', 'image_output'].map(part => [
    { cost_usd: '1', usage: { [`${part}_tokens`]: 1 } },
    'invalid_value',
    'usage.output_tokens',
  ]),
  [{ cost_usd: '1', usage: { audio_seconds: -0.5 } }, 'invalid_value', 'usage.audio_seconds'],
  [
    { cost_usd: '1', usage: { output_tokens: 5, reasoning_tokens: 6 } },
    'invalid_value',
    'usage.output_tokens',
  ],
] as [object, string, string][])('%j is refused, and nothing is booked', async (body, code, param) => {
  const before = await read()
  const { status, json } = await correct(body)
  expect({ status, code: json.error.code, param: json.error.param }).toEqual({ status: 400, code, param })
  expect(await read()).toEqual(before)
})

test.each([newId(), 'no-id'])('of a request that does not exist: %s', async unknown => {
  const { status, json } = await correct({ cost_usd: '1' }, unknown)
  expect({ status, code: json.error.code }).toEqual({ status: 404, code: 'not_found' })
})

test('the vendors that may have billed it are named to who names another', async () => {
  const { json } = await correct({ cost_usd: '1', vendor: 'nobody' })
  expect(json.error.message).toBe("Invalid value for 'vendor': expected the one whose bill it is: acme.")
  expect((await correct({ cost_usd: '1', vendor: 'acme' })).json).toMatchObject({ cost_usd: '1' })
})

test('a month that is not in the ledger any more is no record that can be corrected', async () => {
  const row = auditRow({ tenantId: newId(), requestId: Bun.randomUUIDv7('hex', Date.UTC(2019, 5)) })
  await storeAudit(management.fresh.db, [row])
  await management.fresh.db.sql`DELETE FROM ledger WHERE request_id = ${row.requestId}`
  const { status, json } = await correct({ cost_usd: '1' }, row.requestId)
  expect({ status, message: json.error.message }).toEqual({
    status: 404,
    message: 'The month of that request is not in the ledger any more.',
  })
})
