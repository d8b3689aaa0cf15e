import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { CAPABILITIES } from '../../src/catalog/model'
import { METERS } from '../../src/catalog/price'
import { VENDORS } from '../../src/catalog/vendors'
import { ModelSchema } from '../../src/config/model-schema'
import { VendorSchema } from '../../src/config/vendor-schema'
import { loadGood } from './read'

const root = join(import.meta.dir, '..', '..')
const page = await Bun.file(join(root, 'docs', 'configuration.md')).text()
const named = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(match => match[1]!))

test('docs/configuration.md has every built-in vendor that a variable switches on, beside its variable', () => {
  const rows = page
    .split('\n')
    .flatMap(line => [...line.matchAll(/\| `([a-z]+)` +\| `([A-Z_]+)` *\|/g)])
    .map(([, name, variable]) => `${name} ${variable}`)
  const known = VENDORS.flatMap(({ name, keyVariable }) => (keyVariable ? [`${name} ${keyVariable}`] : []))
  expect(rows.sort()).toEqual(known.sort())
})

test('it names every field of an account and of a model, every meter and every capability', () => {
  const fields = [...Object.keys(VendorSchema.properties), ...Object.keys(ModelSchema.properties)]
  for (const name of [...fields, ...METERS, ...CAPABILITIES])
    expect({ name, isNamed: named.has(name) }).toEqual({ name, isNamed: true })
})

test('its examples are taken without a complaint', async () => {
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(match => match[1]!)
  const variables = {
    AZURE_OPENAI_API_KEY: 'azure-key',
    AWS_BEARER_TOKEN_BEDROCK: 'bearer-token',
    HF_TOKEN: 'hf-token',
  }
  const vendors = examples.flatMap(text => loadGood(variables, text).vendors.map(({ name }) => name))
  expect([...new Set(vendors)]).toEqual(['huggingface', 'azure', 'bedrock', 'vertex', 'ollama'])
})

test('the variables that it offers for a cloud’s fields are those that are read', async () => {
  const code = await Bun.file(join(root, 'src', 'config', 'twins.ts')).text()
  const read = [...code.matchAll(/'([A-Z][A-Z_]+)'/g)].map(match => match[1]!)
  const clouds = page.slice(page.indexOf('## Clouds'), page.indexOf('## Servers'))
  const offered = [
    ...new Set([...clouds.matchAll(/\b((?:AZURE|AWS|GOOGLE)_[A-Z_]+)/g)].map(match => match[1]!)),
  ]
  expect(offered.sort()).toEqual(read.sort())
})
