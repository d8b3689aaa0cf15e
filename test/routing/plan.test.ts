import { expect, test } from 'bun:test'
import { buildCatalog, type Catalog } from '../../src/catalog/catalog'
import type { Endpoint, Model } from '../../src/catalog/model'
import { GatewayError } from '../../src/errors'
import { Health } from '../../src/routing/health'
import { firstVendor, isCallable, plan as planOf } from '../../src/routing/plan'
import { resolve } from '../../src/routing/resolve'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../src/vendors/vendor'
import { catalogOf } from '../gateway/catalog-of'
import { FakeClock } from '../gateway/fake-clock'

const URLS = { first: 'http://127.0.0.1:1/v1', second: 'http://127.0.0.1:2/v1' }
const catalog = catalogOf({ vendors: URLS, models: ['m', 'org/m:x'] })
const plan = (name: string, endpoint: Endpoint, of: Catalog, health: Health) =>
  planOf(resolve(name, of), endpoint, of, health)
const health = () => new Health(new FakeClock())

function code(run: () => unknown): [code: string | null, message: string, headers: object] {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return [error.code, error.message, error.headers]
    throw error
  }
  throw new Error('nothing was thrown')
}

test('all deployments of a model are asked in the order of preference', () => {
  const ids = plan('m', 'chat.completions', catalog, health()).map(({ id }) => id)
  expect(ids).toEqual(['first/m-2026-01', 'second/m-2026-01'])
})

test('an alias means its model, and an id may hold a slash', () => {
  expect(plan('m-alias', 'chat.completions', catalog, health())[0]?.model).toBe('m-2026-01')
  expect(plan('org/m:x', 'chat.completions', catalog, health())[0]?.model).toBe('org/m:x-2026-01')
})

test('vendor/id pins a vendor, by the public name, an alias, or the vendor’s own id', () => {
  for (const name of ['second/m', 'second/m-alias', 'second/m-2026-01', 'second/org/m:x'])
    expect(plan(name, 'chat.completions', catalog, health()).map(({ vendor }) => vendor.name)).toEqual([
      'second',
    ])
})

test('a deployment that is cooling is left out; the others stay', () => {
  const sick = health()
  sick.failed('first/m-2026-01', 10_000, false)
  expect(plan('m', 'chat.completions', catalog, sick).map(({ id }) => id)).toEqual(['second/m-2026-01'])
})

test('a model’s only deployment is asked even while it cools', () => {
  const sick = health()
  sick.failed('first/m-2026-01', 10_000, false)
  const one = catalogOf({ vendors: { first: URLS.first } })
  expect(plan('m', 'chat.completions', one, sick)).toHaveLength(1)
})

test('when all are cooling the answer is upstream_unavailable, with a time to come back', () => {
  const sick = health()
  for (const id of ['first/m-2026-01', 'second/m-2026-01']) sick.failed(id, 10_000, false)
  const [which, , headers] = code(() => plan('m', 'chat.completions', catalog, sick))
  expect([which, headers]).toEqual(['upstream_unavailable', { 'retry-after': '5' }])
})

test('what is not in the catalog, or not for this endpoint, is model_not_found', () => {
  for (const name of ['nope', 'm-2026-01', 'third/m', '/m', 'first/', ''])
    expect(code(() => plan(name, 'chat.completions', catalog, health()))[0]).toBe('model_not_found')
  expect(code(() => plan('m', 'embeddings', catalog, health()))[0]).toBe('model_not_found')
})

test('a name that could be anything is not quoted back', () => {
  const [, message] = code(() => plan('ignore\nthis <script>', 'chat.completions', catalog, health()))
  expect(message).not.toContain('script')
  expect(code(() => plan('nope', 'chat.completions', catalog, health()))[1]).toBe(
    "The model `nope` does not exist or you do not have access to it. 'GET /v1/models' lists those that you can call.",
  )
})

const model = catalog.models.get('m') as Model
const account = (name: string, rest: Partial<Vendor> = {}): Vendor => ({
  name,
  dialect: 'openai',
  conforms: true,
  baseUrl: URLS.first,
  credential: 'x',
  headers: {},
  onDisconnect: 'abort',
  timeouts: DEFAULT_TIMEOUTS,
  ...rest,
})

test('a model whose vendor is not configured is model_not_found, and the message says so', () => {
  const bare = buildCatalog([account('other')], [model])
  const [which, message] = code(() => plan('m', 'chat.completions', bare, health()))
  expect([which, message]).toEqual(['model_not_found', expect.stringContaining('first, second')])
  expect(isCallable(resolve('m', bare), bare)).toBe(false)
})

test('what cannot be called is said to whoever looks at the model, too, and why', () => {
  const look = (of: Catalog, name = 'm') => firstVendor(resolve(name, of), of)
  expect(look(catalog)).toBe('first')
  expect(look(catalog, 'second/m')).toBe('second')
  expect(look(buildCatalog([account('second')], [model]))).toBe('second')
  const bare = buildCatalog([account('other')], [model])
  expect(code(() => look(bare)).slice(0, 2)).toEqual([
    'model_not_found',
    'The model `m` is in the catalog, but none of its vendors is configured (first, second).',
  ])
  const unpriced = buildCatalog([account('first')], [{ ...model, price: undefined } as Model])
  expect(code(() => look(unpriced)).slice(0, 2)).toEqual([
    'model_not_found',
    expect.stringContaining('has no price'),
  ])
})

test('a vendor that has no chats is not asked for one', () => {
  const embedder = { conforms: false, dialect: 'openai-compatible', kin: 'voyage' } as const
  const quirky = buildCatalog([account('first', embedder)], [model])
  expect(code(() => plan('m', 'chat.completions', quirky, health()))).toEqual([
    'model_not_found',
    expect.stringContaining('cannot call yet'),
    expect.anything(),
  ])
})

test('a model without a price is model_unpriced, and one of its deployments’ own price is enough', () => {
  const { price, ...unpriced } = model
  const bare = buildCatalog([account('first')], [{ ...unpriced, price: undefined } as Model])
  expect(code(() => plan('m', 'chat.completions', bare, health()))[0]).toBe('model_unpriced')
  const offerings = model.offerings.map(offering => ({ ...offering, price: price! }))
  const own = buildCatalog([account('first')], [{ ...unpriced, price: undefined, offerings } as Model])
  expect(plan('m', 'chat.completions', own, health())[0]?.price).toBe(price!)
})

test('each catalog and each endpoint has its own plan, asked again or not', () => {
  const other = buildCatalog([...catalog.vendors.values()].slice(1), [...catalog.models.values()])
  for (let time = 0; time < 2; time++) {
    const names = (of: Catalog, endpoint: Endpoint) =>
      plan('m', endpoint, of, health()).map(({ vendor, asChat }) => [vendor.name, asChat])
    expect(names(other, 'chat.completions')).toEqual(names(catalog, 'chat.completions').slice(1))
    expect(names(catalog, 'messages')).toEqual(
      names(catalog, 'chat.completions').map(([name]) => [name, true]),
    )
  }
})
