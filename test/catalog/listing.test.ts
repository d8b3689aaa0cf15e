import { expect, test } from 'bun:test'
import { buildCatalog } from '../../src/catalog/catalog'
import { catalogEntry } from '../../src/catalog/listing'
import type { Model } from '../../src/catalog/model'
import { type PriceSpec, parsePrice } from '../../src/catalog/rate'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../src/vendors/vendor'

function vendor(name: string, conforms: boolean): Vendor {
  return {
    name,
    conforms,
    dialect: conforms ? 'openai' : 'openai-compatible',
    baseUrl: 'http://127.0.0.1:9101/v1',
    credential: 'secret-credential',
    headers: { 'x-secret': 'secret-header' },
    onDisconnect: 'abort',
    timeouts: DEFAULT_TIMEOUTS,
  }
}

function modelWith(spec: PriceSpec | undefined, vendors: string[]): Model {
  const parsed = spec && parsePrice(spec)
  return {
    id: 'acme-large',
    aliases: ['acme'],
    endpoints: ['chat.completions'],
    capabilities: new Set(['tools', 'vision', 'json_schema', 'streaming'] as const),
    contextWindow: 128_000,
    maxOutputTokens: null,
    price: parsed && 'price' in parsed ? parsed.price : undefined,
    deprecatedOn: '2026-09-30',
    offerings: vendors.map(name => ({ vendor: name, model: 'acme-large-2026-01' })),
  }
}

test("writes a model as the contract's JSON", () => {
  const tiers = [{ from_input_tokens: 200_001, input: '5.00', output: '15' }]
  const model = modelWith({ input: '2.50', output: '10.00', tiers }, ['acme'])
  const entry = catalogEntry(model, buildCatalog([vendor('acme', true)], [model]))
  expect(JSON.parse(JSON.stringify(entry))).toEqual({
    id: 'acme-large',
    aliases: ['acme'],
    vendors: [{ name: 'acme', model: 'acme-large-2026-01' }],
    available: true,
    context_window: 128_000,
    max_output_tokens: null,
    supports_vision: true,
    supports_tools: true,
    supports_json_schema: true,
    supports_streaming: true,
    supports_reasoning: false,
    supports_audio_input: false,
    endpoints: ['chat.completions'],
    pricing: {
      input: { usd: '2.5', per: '1M_tokens' },
      output: { usd: '10', per: '1M_tokens' },
      tiers: [
        {
          from_input_tokens: 200_001,
          input: { usd: '5', per: '1M_tokens' },
          output: { usd: '15', per: '1M_tokens' },
        },
      ],
    },
    price_version: model.price?.version,
    unpriced: false,
    deprecated_on: '2026-09-30',
  })
})

test('names the unit of each meter', () => {
  const model = modelWith({ character: '15', audio_hour: '0.111', image: '0.04', request: '0.01' }, [])
  expect(catalogEntry(model, buildCatalog([], [model])).pricing).toEqual({
    character: { usd: '15', per: '1M_characters' },
    audio_hour: { usd: '0.111', per: 'hour' },
    image: { usd: '0.04', per: 'image' },
    request: { usd: '0.01', per: 'request' },
    tiers: [],
  })
})

test('says of a model without a price that it is unpriced', () => {
  const model = modelWith(undefined, ['acme'])
  const entry = catalogEntry(model, buildCatalog([], [model]))
  expect(entry).toMatchObject({ unpriced: true, pricing: null, price_version: null })
})

test('is available when one of its vendors is configured and can be called', () => {
  const model = modelWith({ input: '1' }, ['quirky', 'acme'])
  const available = (vendors: Vendor[], callable?: (vendor: Vendor) => boolean) =>
    catalogEntry(model, buildCatalog(vendors, [model]), callable).available
  expect(available([])).toBe(false)
  expect(available([vendor('other', true)])).toBe(false)
  expect(available([vendor('quirky', false)])).toBe(false)
  expect(available([vendor('quirky', false)], () => true)).toBe(true)
  expect(available([vendor('quirky', false), vendor('acme', true)])).toBe(true)
})

test('shows nothing of an account', () => {
  const model = modelWith({ input: '1' }, ['acme'])
  const text = JSON.stringify(catalogEntry(model, buildCatalog([vendor('acme', true)], [model])))
  expect(text).not.toContain('secret')
  expect(text).not.toContain('9101')
})
