import { expect, test } from 'bun:test'
import { choosePrice, conflictsOf } from '../../scripts/catalog/choose-price'
import { differs, parseKeepingDecimals, plain, positive, times } from '../../scripts/catalog/decimal'
import { boundaryAbove } from '../../scripts/catalog/fact'
import { genaiEntries, matches } from '../../scripts/catalog/genai-prices'
import { generateCatalog, missingCatalogs } from '../../scripts/catalog/generate'
import { isDated, keyOf, nameOf } from '../../scripts/catalog/names'

const SHARED = '../shared/catalogs'
const missing = await missingCatalogs(SHARED)
const DATA = 'src/catalog/data'

test.skipIf(missing.length > 0)('makes the committed files again, byte for byte', async () => {
  const { data, report } = await generateCatalog(SHARED)
  expect(Bun.hash(data)).toBe(Bun.hash(await Bun.file(`${DATA}/models.json`).text()))
  expect(Bun.hash(report)).toBe(Bun.hash(await Bun.file(`${DATA}/SOURCES.md`).text()))
  expect(Bun.hash((await generateCatalog(SHARED)).data)).toBe(Bun.hash(data))
})

test('says which catalogs are missing', async () => {
  expect(await missingCatalogs('no-such-folder')).toHaveLength(3)
})

test('keeps the notice of each source beside the data, and every choice', async () => {
  const report = await Bun.file(`${DATA}/SOURCES.md`).text()
  for (const holder of ['models.dev', 'Mario Zechner', 'Pydantic Services Inc.'])
    expect(report).toContain(`Copyright (c) ${holder === 'Pydantic Services Inc.' ? '' : '2025 '}${holder}`)
  expect(report).toContain('Permission is hereby granted')
  expect(report).toMatch(/vertex `claude-opus-4-7@default` \| tiers .*stale/)
  expect(report).toMatch(/deepseek `deepseek-v4-pro` \| output \| 3\.96 \| 0\.87 /)
  expect(report).toMatch(/openai `tts-1` .*only note vendors\.md §10\.4/)
})

test('reads amounts as their own digits, never through a float', () => {
  const parsed = parseKeepingDecimals('{"a":1.50,"b":0.30000000000000004,"c":[1e-7,"x",true]}')
  expect(parsed).toEqual({ a: '1.50', b: '0.30000000000000004', c: ['1e-7', 'x', true] })
  expect([plain('1.50'), plain('1e-7'), plain('-1'), plain('0.30000000000000004')]).toEqual([
    '1.5',
    undefined,
    undefined,
    undefined,
  ])
  expect([positive('0'), positive('0.0'), positive('2'), positive(undefined)]).toEqual([
    undefined,
    undefined,
    '2',
    undefined,
  ])
  expect(times('0.105', 2n)).toBe('0.21')
})

test('calls two amounts different above one percent', () => {
  expect([differs('100', '101'), differs('100', '101.000001'), differs('0.1', '0.2')]).toEqual([
    false,
    true,
    true,
  ])
})

test("begins OpenAI's long prompts at 272,000 and every other tier behind its boundary", () => {
  expect([271_999, 272_000, 200_000, 512_000].map(boundaryAbove)).toEqual([
    272_000, 272_000, 200_001, 512_001,
  ])
})

test('believes the newest source, completes it by one that agrees, and doubts a fall to less than a third', () => {
  const older = { input: '2', output: '8', audio_input: '3' }
  expect(choosePrice({ 'pi-ai': { input: '2', output: '9' }, 'models.dev': older })).toEqual({
    price: { input: '2', output: '9', audio_input: '3' },
    source: 'pi-ai',
  })
  expect(choosePrice({ 'pi-ai': { input: '1', output: '9' }, 'models.dev': older })?.price).toEqual({
    input: '1',
    output: '9',
  })
  expect(choosePrice({ 'pi-ai': { input: '0.5', output: '8' }, 'models.dev': older })?.source).toBe(
    'models.dev',
  )
  expect(choosePrice({})).toBeUndefined()
})

test('reports meters and tiers that differ, not those that one source lacks', () => {
  const base = { input: '2', output: '8' }
  const tiered = { ...base, tiers: [{ from_input_tokens: 200_001, input: '4', output: '12' }] }
  expect(conflictsOf({ 'pi-ai': base, 'models.dev': { ...base, cached_input: '1' } })).toEqual([])
  expect(conflictsOf({ 'pi-ai': base, 'models.dev': { ...base, output: '9' } })).toEqual([
    { meter: 'output', amounts: { 'pi-ai': '8', 'models.dev': '9' } },
  ])
  expect(conflictsOf({ 'pi-ai': base, 'models.dev': tiered }).map(({ meter }) => meter)).toEqual(['tiers'])
})

test('knows one model under the names of its places', () => {
  const places: [string, string][] = [
    ['anthropic', 'claude-opus-4-5-20251101'],
    ['bedrock', 'us.anthropic.claude-opus-4-5-20251101-v1:0'],
    ['vertex', 'claude-opus-4-5@20251101'],
    ['openrouter', 'anthropic/claude-opus-4.5'],
  ]
  for (const [vendor, model] of places) expect(keyOf(nameOf(vendor, model))).toBe('claude-opus-4-5')
  expect(keyOf(nameOf('fireworks', 'accounts/fireworks/models/kimi-k2p5'))).toBe('kimi-k2-5')
  expect(keyOf(nameOf('azure', 'gpt-chat-latest'))).toBe('chat-latest')
  expect(keyOf('gpt-4o-2024-08-06')).not.toBe(keyOf('gpt-4o'))
  expect([isDated('gpt-5-5-2026-04-23', 'gpt-5.5'), isDated('gpt-5.5-pro', 'gpt-5.5')]).toEqual([true, false])
})

test('takes the price in force, the peak of a day, and matches ids by rule', () => {
  const row = (input: string, constraint?: object) => ({ prices: { input_mtok: input }, constraint })
  const catalog = (prices: unknown) => [
    { id: 'openai', models: [{ id: 'm', match: { equals: 'm' }, prices }] },
  ]
  const input = (prices: unknown) => genaiEntries(catalog(prices), '2026-11-10')[0]?.price?.input
  expect(input([row('1'), row('2', { type: 'start_date', start_date: '2026-08-01' })])).toBe('2')
  expect(input([row('1'), row('2', { type: 'start_date', start_date: '2027-01-01' })])).toBe('1')
  expect(input([row('1'), row('3', { type: 'time_of_date', start_time: '01:00:00Z' })])).toBe('3')
  expect(input({ input_mtok: '0' })).toBeUndefined()
  const rule = { or: [{ starts_with: 'gpt' }, { and: [{ contains: 'x' }, { regex: '^a\\d$|x$' }] }] }
  expect(['gpt-1', 'ax', 'xa', 'b'].map(id => matches(rule, id))).toEqual([true, true, false, false])
})
