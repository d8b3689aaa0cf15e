import { expect, test } from 'bun:test'
import { buildCatalog } from '../../src/catalog/catalog'
import { FILTER_NAMES, filterEntries } from '../../src/catalog/filter'
import { catalogEntry } from '../../src/catalog/listing'
import { builtInModels } from '../../src/catalog/models'
import { GatewayError } from '../../src/errors'

const catalog = buildCatalog([], builtInModels())
const entries = [...catalog.models.values()].map(model => catalogEntry(model, catalog))
const ids = (query: Record<string, string | undefined>) => filterEntries(entries, query).map(({ id }) => id)

function refusal(query: Record<string, string>): GatewayError {
  try {
    filterEntries(entries, query)
  } catch (error) {
    if (error instanceof GatewayError) return error
  }
  throw new Error('was not refused')
}

test('keeps everything without a filter, and ignores what is none', () => {
  expect(ids({})).toHaveLength(entries.length)
  expect(ids({ limit: '5', supports_vision: undefined })).toHaveLength(entries.length)
})

test('keeps models that see and cost at most so much', () => {
  const found = filterEntries(entries, { supports_vision: 'true', max_input_price: '1.00' })
  expect(found.length).toBeGreaterThan(20)
  for (const { supports_vision, pricing } of found) {
    expect(supports_vision).toBe(true)
    expect(Number(pricing?.input?.usd)).toBeLessThanOrEqual(1)
  }
  expect(found.map(({ id }) => id)).not.toContain('gpt-5.5')
})

test('takes a price that is just reached, exactly, and never an unpriced model', () => {
  expect(ids({ max_input_price: '5', q: 'claude-opus-4-7' })).toContain('claude-opus-4-7')
  expect(ids({ max_input_price: '4.999999999999', q: 'claude-opus-4-7' })).not.toContain('claude-opus-4-7')
  expect(ids({ max_output_price: '25', q: 'claude-opus-4-7' })).toContain('claude-opus-4-7')
  expect(ids({ max_input_price: '1000', unpriced: 'true' })).toEqual([])
})

test('finds by vendor, endpoint, window and name', () => {
  for (const { vendors } of filterEntries(entries, { vendor: 'groq' }))
    expect(vendors.map(({ name }) => name)).toContain('groq')
  expect(ids({ endpoint: 'audio.transcriptions' })).toContain('whisper-1')
  expect(ids({ endpoint: 'audio.transcriptions' })).not.toContain('gpt-5.5')
  expect(ids({ q: 'GPT-5-5-Instant' })).toEqual(['chat-latest'])
  expect(ids({ min_context_window: '1000000' })).toContain('gpt-5.5')
  expect(ids({ min_context_window: '1000000' })).not.toContain('gpt-4o')
  expect(ids({ vendor: 'nobody' })).toEqual([])
  expect(ids({ available: 'true' })).toEqual([])
})

test('negates with false', () => {
  const without = ids({ supports_tools: 'false' })
  expect(without.length + ids({ supports_tools: 'true' }).length).toBe(entries.length)
  expect(without).toContain('whisper-1')
})

test.each([
  ['supports_vision', 'yes'],
  ['supports_tools', ''],
  ['available', 'TRUE'],
  ['max_input_price', '1e3'],
  ['max_input_price', '-1'],
  ['max_output_price', 'cheap'],
  ['min_context_window', '1.5'],
  ['endpoint', 'chat'],
])('refuses %s=%s by its name, without repeating the value', (name, value) => {
  const error = refusal({ [name]: value })
  expect([error.status, error.code, error.param]).toEqual([400, 'invalid_value', name])
  if (value.length > 2) expect(error.message).not.toContain(`'${value}'`)
})

test('lists its names', () => {
  for (const name of ['supports_vision', 'max_input_price', 'vendor', 'endpoint', 'available', 'q'])
    expect(FILTER_NAMES).toContain(name)
})
