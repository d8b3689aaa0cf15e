import { expect, test } from 'bun:test'
import { FREE } from '../../scripts/catalog/curated'
import { buildCatalog } from '../../src/catalog/catalog'
import { cost } from '../../src/catalog/cost'
import { CAPABILITIES, ENDPOINTS, type Endpoint, type Model } from '../../src/catalog/model'
import { builtInModels } from '../../src/catalog/models'
import type { Meter, Price } from '../../src/catalog/price'
import { vendorFacts } from '../../src/catalog/vendors'
import { formatUsd } from '../../src/lib/money'
import { NO_USAGE } from '../../src/wire/usage'

const models = builtInModels()
const catalog = buildCatalog([], models)
const REGIONAL = /^(us-gov|us|eu|global|apac|jp|au|ca|in)\./

function named(name: string): Model {
  const model = catalog.models.get(catalog.aliases.get(name) ?? name)
  if (!model) throw new Error(`no ${name}`)
  return model
}

const dollars = (price: Price | undefined, meter: Meter) => {
  const rate = price?.rates[meter]
  return rate && formatUsd(rate.amountPicoUsd)
}
const serving = (endpoint: Endpoint) => models.filter(({ endpoints }) => endpoints.includes(endpoint))
const pricesOf = ({ price, offerings }: Model) =>
  [price, ...offerings.map(offering => offering.price)].filter(one => one !== undefined)

test('has at least 300 current, priced chat models, the regional twins of Bedrock not counted', () => {
  const current = serving('chat.completions').filter(
    ({ id, deprecatedOn, price }) => deprecatedOn === null && price && !REGIONAL.test(id),
  )
  expect(current.length).toBeGreaterThanOrEqual(300)
  const vendors = new Set(current.flatMap(({ offerings }) => offerings.map(({ vendor }) => vendor)))
  expect(vendors.size).toBeGreaterThanOrEqual(12)
  for (const vendor of [
    'openai',
    'anthropic',
    'gemini',
    'vertex',
    'azure',
    'bedrock',
    'mistral',
    'cohere',
    'xai',
  ])
    expect(vendors).toContain(vendor)
  const known = current.filter(({ contextWindow, maxOutputTokens }) => contextWindow && maxOutputTokens)
  expect(known.length).toBeGreaterThan(current.length * 0.9)
})

test.each<[Endpoint, string, Meter, string]>([
  ['embeddings', 'text-embedding-3-small', 'input', '0.02'],
  ['embeddings', 'voyage-4', 'input', '0.06'],
  ['audio.transcriptions', 'whisper-1', 'audio_minute', '0.006'],
  ['audio.translations', 'whisper-1', 'audio_minute', '0.006'],
  ['audio.transcriptions', 'whisper-large-v3', 'audio_hour', '0.111'],
  ['audio.transcriptions', 'gpt-4o-transcribe', 'audio_input', '6'],
  ['audio.speech', 'tts-1', 'character', '15'],
  ['audio.speech', 'gpt-4o-mini-tts', 'output', '12'],
  ['images.generations', 'gpt-image-1.5', 'image_output', '32'],
  ['moderations', 'omni-moderation-latest', 'input', '0'],
])('serves %s by %s and counts %s at $%s', (endpoint, id, meter, usd) => {
  expect(named(id).endpoints).toContain(endpoint)
  expect(dollars(named(id).price, meter)).toBe(usd)
})

test('has several embedding, transcription and speech models with a price', () => {
  for (const endpoint of ['embeddings', 'audio.transcriptions', 'audio.speech'] as const)
    expect(serving(endpoint).filter(({ price }) => price).length).toBeGreaterThanOrEqual(6)
})

test.each([
  ['gpt-5-5', 'gpt-5.5', 'openai', 'gpt-5.5'],
  ['gpt-5.5-2026-04-23', 'gpt-5.5', 'openai', 'gpt-5.5'],
  ['gpt-5-5-instant', 'chat-latest', 'openai', 'chat-latest'],
  ['claude-opus-4.7', 'claude-opus-4-7', 'anthropic', 'claude-opus-4-7'],
  ['claude-haiku-4-5-20251001', 'claude-haiku-4-5', 'anthropic', 'claude-haiku-4-5'],
  ['kimi-k2-5', 'kimi-k2.5', 'openrouter', 'moonshotai/kimi-k2.5'],
  ['minimax-m3', 'MiniMax-M3', 'minimax', 'MiniMax-M3'],
])('knows %s as %s, at %s by its own id', (alias, id, vendor, upstream) => {
  expect(catalog.models.has(alias)).toBe(false)
  expect(named(alias).id).toBe(id)
  expect(named(alias).offerings).toContainEqual(expect.objectContaining({ vendor, model: upstream }))
})

test('gives every name to one model alone', () => {
  const ids = new Set(models.map(({ id }) => id))
  expect(ids.size).toBe(models.length)
  const aliases = models.flatMap(model => model.aliases)
  expect(aliases.filter(alias => ids.has(alias))).toEqual([])
  expect(new Set(aliases).size).toBe(aliases.length)
  for (const name of [...ids, ...aliases]) expect(name).toMatch(/^[\w./:@+-]{1,100}$/)
})

test('names no model so that the pin of a vendor would be taken for it', () => {
  const taken = models
    .flatMap(({ id, aliases, offerings }) => [id, ...aliases].map(name => ({ name, offerings })))
    .filter(({ name, offerings }) => {
      const vendor = name.split('/')[0] ?? ''
      return (
        name.includes('/') && vendorFacts(vendor) && !offerings.some(offering => offering.vendor === vendor)
      )
    })
  expect(taken).toEqual([])
})

test('has one place of each vendor for a model, the maker first, and knows every vendor', () => {
  for (const { offerings } of models) {
    const vendors = offerings.map(({ vendor }) => vendor)
    expect(vendors.length).toBeGreaterThan(0)
    expect(new Set(vendors).size).toBe(vendors.length)
    for (const vendor of vendors) expect(vendorFacts(vendor)?.name).toBe(vendor)
  }
  expect(named('claude-opus-4-7').offerings.map(({ vendor, model }) => [vendor, model])).toEqual([
    ['anthropic', 'claude-opus-4-7'],
    ['bedrock', 'anthropic.claude-opus-4-7'],
    ['vertex', 'claude-opus-4-7@default'],
    ['openrouter', 'anthropic/claude-opus-4.7'],
  ])
  expect(named('gpt-4o').offerings[0]?.vendor).toBe('openai')
  expect(named('glm-5.2').offerings[0]?.vendor).toBe('zai')
})

test('has no Claude at Azure, whose address for it speaks Anthropic’s dialect, and no place there that a request misses', () => {
  const atAzure = models.flatMap(({ offerings }) => offerings.filter(({ vendor }) => vendor === 'azure'))
  expect(atAzure.length).toBeGreaterThan(50)
  expect(atAzure.filter(({ model }) => model.startsWith('claude'))).toEqual([])
})

test('prices claude-opus-4-7 exactly, flat over its whole context, one-hour cache writes included', () => {
  const { price, contextWindow, maxOutputTokens, offerings } = named('claude-opus-4-7')
  const meters = ['input', 'cached_input', 'cache_write', 'cache_write_1h', 'output'] as const
  expect(meters.map(meter => dollars(price, meter))).toEqual(['5', '0.5', '6.25', '10', '25'])
  expect([contextWindow, maxOutputTokens]).toEqual([1_000_000, 128_000])
  for (const offering of offerings) expect((offering.price ?? price)?.tiers).toEqual([])
  expect(dollars(named('us.anthropic.claude-opus-4-7').price, 'output')).toBe('27.5')
})

test('prices gpt-5.5 dearer from 272,000 tokens on, that count included', () => {
  const { price } = named('gpt-5.5')
  if (!price) throw new Error('unpriced')
  const total = (inputTokens: number) =>
    cost({ ...NO_USAGE, inputTokens, cachedInputTokens: 1000, outputTokens: 1000 }, price).totalPicoUsd
  expect(formatUsd(total(271_999))).toBe('1.385495')
  expect(formatUsd(total(272_000))).toBe('2.756')
})

test('has kimi-k2.5 where it really lives: at resellers, no longer at its maker', () => {
  const { offerings, price, contextWindow } = named('kimi-k2.5')
  const vendors = offerings.map(({ vendor }) => vendor)
  for (const vendor of ['bedrock', 'azure', 'openrouter', 'novita', 'baseten', 'siliconflow'])
    expect(vendors).toContain(vendor)
  expect(vendors).not.toContain('moonshot')
  expect([dollars(price, 'input'), dollars(price, 'output')]).toEqual(['0.6', '3'])
  expect(contextWindow).toBe(262_144)
})

test('prices nothing at a router whose hosts bill what they like', () => {
  const there = models.filter(({ offerings }) => offerings.some(({ vendor }) => vendor === 'huggingface'))
  expect(there.length).toBeGreaterThan(0)
  expect(there.flatMap(pricesOf)).toEqual([])
  const pictures = models.flatMap(model =>
    model.offerings
      .filter(({ vendor, model: id }) => vendor === 'openrouter' && /-image(-|$)/.test(id))
      .map(offering => offering.price ?? model.price),
  )
  expect(pictures.length).toBeGreaterThan(0)
  expect(pictures.filter(price => price !== undefined)).toEqual([])
})

test('prices nothing at zero without saying that it is free', () => {
  const free = new Set(FREE.map(({ vendor, model }) => `${vendor} ${model}`))
  const zero = models.filter(model =>
    pricesOf(model).some(({ rates, tiers }) =>
      [rates, ...tiers.map(tier => tier.rates)].some(set =>
        Object.values(set).some(({ amountPicoUsd }) => amountPicoUsd === 0n),
      ),
    ),
  )
  const unsaid = zero.filter(
    ({ offerings }) => !offerings.some(({ vendor, model }) => free.has(`${vendor} ${model}`)),
  )
  expect(unsaid.map(({ id }) => id)).toEqual([])
  expect(zero.length).toBe(FREE.length)
})

test('gives every priced chat model both an input and an output price', () => {
  for (const model of serving('chat.completions'))
    for (const { rates } of pricesOf(model)) expect(rates.input && rates.output).toBeDefined()
})

test('has prices whose tiers rise in steps and name every class that would else be charged too little', () => {
  for (const model of models)
    for (const { rates, tiers } of pricesOf(model)) {
      const starts = tiers.map(({ fromInputTokens }) => fromInputTokens)
      expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b))
      for (const tier of tiers)
        expect(Object.keys(tier.rates)).toEqual(expect.arrayContaining(Object.keys(rates)))
    }
})

test('keeps models without a known price, as unpriced', () => {
  const unpriced = models.filter(({ price }) => !price)
  expect(unpriced.length).toBeGreaterThan(0)
  for (const { offerings } of unpriced) expect(offerings.every(({ price }) => price === undefined)).toBe(true)
})

test('uses no word that the contract does not have', () => {
  for (const { endpoints, capabilities, deprecatedOn } of models) {
    expect(endpoints.length).toBeGreaterThan(0)
    for (const endpoint of endpoints) expect(ENDPOINTS).toContain(endpoint)
    for (const capability of capabilities) expect(CAPABILITIES).toContain(capability)
    if (deprecatedOn !== null) expect(deprecatedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/)
  }
})

test('tells capabilities and limits as the vendors do', () => {
  const { capabilities } = named('gpt-5.5')
  for (const capability of ['tools', 'vision', 'pdf', 'json_schema', 'streaming', 'reasoning'] as const)
    expect(capabilities.has(capability)).toBe(true)
  expect(named('gemini-2.5-pro').capabilities.has('audio_input')).toBe(true)
  expect(named('gpt-3.5-turbo').capabilities.has('vision')).toBe(false)
  expect(named('gpt-5.5-pro').endpoints).toEqual(['responses'])
  expect(named('gpt-4').deprecatedOn).not.toBeNull()
  expect(named('gpt-5.5').contextWindow).toBe(1_050_000)
})

test('is read in a moment, and again without shared state', () => {
  // The best of a few: the machine may be busy with other things.
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now()
    builtInModels()
    return performance.now() - startedAt
  })
  expect(Math.min(...times)).toBeLessThan(20)
  builtInModels()[0]?.aliases.push('mine')
  expect(builtInModels()[0]?.aliases).not.toContain('mine')
})
