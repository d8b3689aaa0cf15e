import { expect, test } from 'bun:test'
import { VENDORS, vendorFacts } from '../../src/catalog/vendors'
import { DIALECTS } from '../../src/vendors/vendor'

test('knows each vendor once, with an address and a dialect that has a name', () => {
  const names = VENDORS.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, dialect, baseUrl } of VENDORS) {
    expect(name).toMatch(/^[a-z]+$/)
    expect(DIALECTS).toContain(dialect)
    expect(URL.canParse(baseUrl.replace(/\{\w+\}/g, 'x'))).toBe(true)
    expect(baseUrl).not.toEndWith('/')
  }
})

test('lets bytes through only where the dialect is spoken to the letter', () => {
  expect(VENDORS.filter(({ conforms }) => conforms).map(({ name }) => name)).toEqual(['openai', 'vllm'])
  for (const { conforms, dialect } of VENDORS) expect(dialect === 'openai').toBe(conforms)
})

test.each([
  ['openai', 'OPENAI_API_KEY'],
  ['anthropic', 'ANTHROPIC_API_KEY'],
  ['gemini', 'GEMINI_API_KEY'],
  ['moonshot', 'MOONSHOT_API_KEY'],
  ['deepseek', 'DEEPSEEK_API_KEY'],
  ['mistral', 'MISTRAL_API_KEY'],
  ['xai', 'XAI_API_KEY'],
  ['groq', 'GROQ_API_KEY'],
  ['huggingface', 'HF_TOKEN'],
])('switches %s on by %s', (name, variable) => {
  expect(vendorFacts(name)?.keyVariable).toBe(variable)
})

test('switches no vendor on by a variable alone whose address the account must fill in', () => {
  for (const { baseUrl, keyVariable } of VENDORS)
    if (baseUrl.includes('{')) expect(keyVariable).toBeUndefined()
  const variables = VENDORS.flatMap(({ keyVariable }) => keyVariable ?? [])
  expect(new Set(variables).size).toBe(variables.length)
})

test('reads on after the caller left where the vendor bills the whole answer anyway', () => {
  const draining = VENDORS.filter(({ onDisconnect }) => onDisconnect === 'drain').map(({ name }) => name)
  expect(draining).toEqual([
    'gemini',
    'vertex',
    'bedrock',
    'mistral',
    'moonshot',
    'alibaba',
    'groq',
    'huggingface',
  ])
})

test('has no facts of a vendor that it does not know', () => {
  expect(vendorFacts('acme')).toBeUndefined()
})
