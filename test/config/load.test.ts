// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the file's references are written like this
import { expect, test } from 'bun:test'
import { parsePrice } from '../../src/catalog/rate'
import { loadConfig } from '../../src/config/load'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { loadGood } from './read'

const EXAMPLE = `
vendors:
  acme:
    dialect: openai
    base_url: http://127.0.0.1:9101/v1/
    api_key: \${ACME_KEY}
    on_disconnect: drain
    timeouts: { connect: 5, first_event: 600, silence: 0.5, total: 3600 }
    headers: { x-team: search }
    transport: auto
models:
  acme-large:
    aliases: [acme]
    deployments:
      - { vendor: acme, model: acme-large-2026-01 }
    endpoints: [chat.completions]
    price:
      input: "2.50"
      cached_input: "0.25"
      cache_write: "3.125"
      output: "10.00"
      tiers: [{ from_input_tokens: 200001, input: "5.00", cached_input: "0.50", cache_write: "6.25", output: "15.00" }]
    capabilities: { tools: true, vision: true, json_schema: true, streaming: true, reasoning: false }
    context_window: 128000
    max_output_tokens: 16384
`
const KEY = { ACME_KEY: 'acme-secret' }

test('the example of the contract becomes one account and one model', () => {
  const config = loadGood(KEY, EXAMPLE)
  expect(config.vendors).toEqual([
    {
      name: 'acme',
      dialect: 'openai',
      conforms: true,
      baseUrl: 'http://127.0.0.1:9101/v1',
      credential: 'acme-secret',
      headers: { 'x-team': 'search' },
      onDisconnect: 'drain',
      timeouts: { connect: 5, firstEvent: 600, silence: 0.5, total: 3600 },
    },
  ])
  const price = parsePrice({
    input: '2.50',
    cached_input: '0.25',
    cache_write: '3.125',
    output: '10.00',
    tiers: [
      {
        from_input_tokens: 200_001,
        input: '5.00',
        cached_input: '0.50',
        cache_write: '6.25',
        output: '15.00',
      },
    ],
  })
  expect(config.models.at(-1)).toEqual({
    id: 'acme-large',
    aliases: ['acme'],
    endpoints: ['chat.completions'],
    capabilities: new Set(['tools', 'vision', 'json_schema', 'streaming']),
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    price: 'price' in price ? price.price : undefined,
    deprecatedOn: null,
    offerings: [{ vendor: 'acme', model: 'acme-large-2026-01' }],
  })
  expect(config).toMatchObject({ demo: false, notices: ['callmissed.yaml was read'] })
})

test('the configuration cannot be changed afterwards', () => {
  expect(Object.isFrozen(loadGood({}))).toBe(true)
})

test('an empty file is as good as none', () => {
  for (const text of ['', '# nothing yet\n', 'vendors: {}\nmodels: {}\n'])
    expect(loadGood({}, text).vendors).toEqual([])
})

test('another file is read where CALLMISSED_CONFIG says', () => {
  const files = { read: (path: string) => (path === '/etc/cm/gateway.yaml' ? EXAMPLE : undefined) }
  const loaded = loadConfig({ ...KEY, CALLMISSED_CONFIG: '/etc/cm/gateway.yaml' }, files, '/srv')
  expect(loaded).toMatchObject({ config: { notices: ['gateway.yaml was read'] } })
})

test('a file that is there but cannot be read is a problem, not a default', () => {
  const read = () => {
    throw Object.assign(new Error('no'), { code: 'EACCES' })
  }
  const loaded = loadConfig({}, { read }, '/srv')
  expect(loaded).toEqual({
    problems: ['callmissed.yaml: found a file that cannot be read (EACCES); allowed: a readable file'],
  })
})

test('the same vendor may stand under several names, with a literal secret', () => {
  const { vendors } = loadGood(
    {},
    'vendors:\n  a: {dialect: openai, base_url: "https://one.example/v1", api_key: literal}\n  b: {dialect: openai, base_url: "https://one.example/v1"}\n',
  )
  expect(vendors.map(({ name, credential }) => [name, credential])).toEqual([
    ['a', 'literal'],
    ['b', ''],
  ])
})

test('a built-in vendor is changed under its own name and keeps its key', () => {
  const { vendors } = loadGood(
    { OPENAI_API_KEY: 'sk-env' },
    'vendors:\n  openai: {base_url: "http://proxy.internal:8080/v1", timeouts: {connect: 1}}\n',
  )
  expect(vendors).toEqual([
    {
      name: 'openai',
      dialect: 'openai',
      conforms: true,
      baseUrl: 'http://proxy.internal:8080/v1',
      credential: 'sk-env',
      headers: {},
      onDisconnect: 'abort',
      timeouts: { ...DEFAULT_TIMEOUTS, connect: 1 },
    },
  ])
})

test('a built-in vendor’s name as dialect brings its address, quirks and key', () => {
  const { vendors } = loadGood({ GROQ_API_KEY: 'gsk-env' }, 'vendors:\n  groq-two: {dialect: groq}\n')
  expect(vendors.find(vendor => vendor.name === 'groq-two')).toMatchObject({
    dialect: 'openai-compatible',
    conforms: false,
    baseUrl: 'https://api.groq.com/openai/v1',
    credential: 'gsk-env',
  })
})

test('a vendor under a name of one’s own deviates as the one that its dialect names', () => {
  const kinOf = (entry: string) => loadGood({}, `vendors:\n  ${entry}\n`).vendors[0]?.kin
  const address = 'base_url: "http://elsewhere.example/v1"'
  expect(kinOf(`mine: {dialect: mistral, ${address}}`)).toBe('mistral')
  expect(kinOf(`mine: {dialect: openai-compatible, ${address}}`)).toBeUndefined()
  expect(kinOf(`mistral: {${address}}`)).toBeUndefined()
})

test('at the address of a vendor that bills them whole, answers are read on, whatever the account is called', () => {
  const onDisconnectAt = (baseUrl: string) =>
    loadGood({}, `vendors:\n  mine: {dialect: openai-compatible, base_url: "${baseUrl}"}\n`).vendors[0]
      ?.onDisconnect
  expect(onDisconnectAt('https://api.mistral.ai/v1')).toBe('drain')
  expect(onDisconnectAt('https://elsewhere.example/v1')).toBe('abort')
  expect(onDisconnectAt('https://eu.api.mistral.ai/v1')).toBe('drain')
  expect(onDisconnectAt('https://notapi.mistral.ai/v1')).toBe('abort')
})

test('the version of an Azure API is kept', () => {
  const azure = 'azure: {base_url: "https://a.openai.azure.com/openai/v1", api_version: 2026-10-01}'
  expect(loadGood({}, `vendors:\n  ${azure}\n`).vendors[0]?.apiVersion).toBe('2026-10-01')
})

test('a built-in vendor’s key never goes to an address of the file’s under another name', () => {
  const yaml = 'vendors:\n  mine: {dialect: groq, base_url: "http://elsewhere.example/v1"}\n'
  expect(
    loadGood({ GROQ_API_KEY: 'gsk-env' }, yaml).vendors.find(({ name }) => name === 'mine')?.credential,
  ).toBe('')
})

test('what an account needs besides its key stands in its address', () => {
  const { vendors } = loadGood(
    {},
    'vendors:\n  bedrock: {region: eu-central-1, access_key_id: a, secret_access_key: b}\n',
  )
  expect(vendors[0]?.baseUrl).toBe('https://bedrock-runtime.eu-central-1.amazonaws.com')
})

test('`$${NAME}` stands for the characters themselves', () => {
  const yaml =
    'vendors:\n  a: {dialect: openai, base_url: "http://a.example", headers: {x-a: "$${KEPT}-${TAKEN}"}}\n'
  expect(loadGood({ TAKEN: 'yes' }, yaml).vendors[0]?.headers).toEqual({ 'x-a': `\${KEPT}-yes` })
})

test('a value that looks like a reference is not replaced a second time', () => {
  const yaml = 'vendors:\n  a: {dialect: openai, base_url: "http://a.example", api_key: "${OUTER}"}\n'
  expect(loadGood({ OUTER: `\${INNER}`, INNER: 'no' }, yaml).vendors[0]?.credential).toBe(`\${INNER}`)
})

test('a model of the catalog keeps what the file does not name', () => {
  const builtIn = loadGood({}).models.find(model => model.id === 'gpt-5.5')!
  const changed = loadGood({}, 'models:\n  gpt-5.5: {price: {input: "1", output: "2"}}\n').models.at(-1)!
  const { price: oldPrice, offerings, ...kept } = builtIn
  const { price, offerings: newOfferings, ...rest } = changed
  expect(rest).toEqual(kept)
  expect(newOfferings).toEqual(offerings.map(({ vendor, model }) => ({ vendor, model })))
  expect(price?.rates).toEqual({
    input: { amountPicoUsd: 1_000_000_000_000n, per: 1_000_000n },
    output: { amountPicoUsd: 2_000_000_000_000n, per: 1_000_000n },
  })
  expect(oldPrice?.version).not.toBe(price?.version)
})

test('a name that the file gives to its own model is taken from the catalog’s', () => {
  const yaml =
    'vendors:\n  a: {dialect: openai, base_url: "http://a.example"}\nmodels:\n  mine: {aliases: [gpt-5-5], deployments: [{vendor: a, model: m}]}\n'
  const { models } = loadGood({}, yaml)
  expect(models.filter(model => model.aliases.includes('gpt-5-5')).map(model => model.id)).toEqual(['mine'])
})

test('a model of the catalog that is changed gives way to the file’s names too', () => {
  const yaml =
    'vendors:\n  a: {dialect: openai, base_url: "http://a.example"}\nmodels:\n  gpt-5.5: {context_window: 7}\n  mine: {aliases: [gpt-5-5], deployments: [{vendor: a, model: m}]}\n'
  const named = loadGood({}, yaml).models.filter(model => model.id === 'gpt-5.5')
  expect(named.map(model => model.aliases.includes('gpt-5-5'))).toEqual([false, false])
})

test('a model without a price stays unpriced, and "0" is a price', () => {
  const yaml = (price: string) =>
    `vendors:\n  a: {dialect: openai, base_url: "http://a.example"}\nmodels:\n  m: {deployments: [{vendor: a, model: m}]${price}}\n`
  expect(loadGood({}, yaml('')).models.at(-1)?.price).toBeUndefined()
  expect(
    loadGood({}, yaml(', price: {input: "0", output: "0"}')).models.at(-1)?.price?.rates.input?.amountPicoUsd,
  ).toBe(0n)
})

test('a deployment may name a vendor of the catalog that is not configured', () => {
  const { models } = loadGood({}, 'models:\n  mine: {deployments: [{vendor: openai, model: gpt-x}]}\n')
  expect(models.at(-1)?.offerings).toEqual([{ vendor: 'openai', model: 'gpt-x' }])
})
