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
  [{ cost_usd: '1', usage: { images: 2_000_000_000_000 } }, 'invalid_value', 'usage.images'],
  [{ cost_usd: '1', usage: { audio_seconds: -0.5 } }, 'invalid_value', 'usage.audio_seconds'],
  [{ cost_usd: '1', usage: { cached_input_tokens: 1 } }, 'invalid_value', 'usage.input_tokens'],
  [
    { cost_usd: '1', usage: { output_tokens: 5, reasoning_tokens: 6 } },
    'invalid_value',
    'usage.output_tokens',
  ],
])('%j is refused, and nothing is booked', async (body, code, param) => {
  const before = await read()
  const { status, json } = await correct(body)
  expect({ status, code: json.error.code, param: json.error.param }).toEqual({ status: 400, code, param })
  expect(await read()).toEqual(before)
})

test.each([newId(), 'no-id'])('of a request that does not exist: %s', async unknown => {
  const { status, json } = await correct({ cost_usd: '1' }, unknown)
  expect({ status, code: json.error.code }).toEqual({ status: 404, code: 'not_found' })
})
