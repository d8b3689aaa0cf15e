import { expect, test } from 'bun:test'
import { welcome } from '../../src/boot/welcome'
import { buildCatalog } from '../../src/catalog/catalog'
import { DEMO_MODELS } from '../../src/catalog/demo-model'
import { VENDORS } from '../../src/catalog/vendors'
import { loadConfig } from '../../src/config/load'
import { Health } from '../../src/routing/health'
import { plan } from '../../src/routing/plan'
import { resolve } from '../../src/routing/resolve'
import type { Vendor } from '../../src/vendors/vendor'

const WELCOME = {
  url: 'http://127.0.0.1:4000',
  version: '1.2.3',
  key: 'cm_live_key',
  newAdminKey: undefined,
  adminKeyFile: undefined,
  managementIsOff: false,
}

/** The whole text of a start where these variables are set and nothing else is. */
function started(environment: Record<string, string>, file?: string) {
  const found = loadConfig(environment, { read: () => file }, '/nowhere')
  if ('problems' in found) throw new Error(found.problems.join('\n'))
  const { vendors, models, notices } = found.config
  const catalog = buildCatalog(vendors, models)
  const text = welcome({ ...WELCOME, catalog, notices })
  return { text, catalog, model: /"model":"([^"]+)"/.exec(text)?.[1] }
}

for (const { name, keyVariable } of VENDORS.filter(vendor => vendor.keyVariable !== undefined))
  test(`with ${keyVariable} alone the curl line asks ${name} for a model that can be called, or says that none can`, () => {
    const { text, catalog, model } = started({ [keyVariable!]: 'sk-of-these-tests-0123' })
    if (model === undefined) {
      expect(text).toContain('No model can be called')
      expect(text).toMatch(new RegExp(`Note: ${name}: .+ (cannot call|no model has a price)`))
      return
    }
    const health = new Health({ now: () => 0, date: () => 0 })
    const [first] = plan(resolve(model, catalog), 'chat.completions', catalog, health)
    expect(first?.vendor.name).toBe(name)
    expect(model).not.toMatch(/guard/)
  })

test('OpenAI’s first line asks for one of its cheapest models', () => {
  expect(started({ OPENAI_API_KEY: 'sk-of-these-tests-0123' }).model).toMatch(/^gpt-\d.*nano/)
})

test('where the demo vendor alone is there, it is said that its text is invented', () => {
  const [openai] = [...started({ OPENAI_API_KEY: 'sk-of-these-tests-0123' }).catalog.vendors.values()]
  const demo = { ...openai!, name: 'demo' }
  const say = (vendors: Vendor[]) =>
    welcome({ ...WELCOME, catalog: buildCatalog(vendors, DEMO_MODELS), notices: [] })
  expect(say([demo])).toContain('Note: no vendor is configured, so the demo vendor answers')
  expect(say([demo, openai!])).not.toContain('Note:')
})

const EMBEDDER = `
vendors: { acme: { dialect: openai, base_url: http://127.0.0.1:9/v1, api_key: sk-of-these-tests-0123 } }
models:
  texts: { deployments: [{ vendor: acme, model: t }], endpoints: [embeddings], price: { input: "1" } }
`

test('where models can be called but none of them chats, it says so and names one', () => {
  const { text, model } = started({}, EMBEDDER)
  expect(model).toBeUndefined()
  expect(text).toContain('No chat model can be called. Others can, such as texts (embeddings)')
  expect(text).not.toContain('No model can be called')
})
