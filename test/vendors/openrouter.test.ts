import { expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { ask, factsOf } from './compatible/read'

/** The tests' price, and a hair above it. */
const MOST = { prompt: '2.500000001', completion: '10.000000001', request: '0.000000001' }

const sentFor = (provider: unknown) => ask(factsOf('openrouter'), { provider }).sent.provider

test.each([[undefined], [null], [{}], [{ require_parameters: null, max_price: null }]])(
  'a host that is dearer than the price is not asked, nor one that drops parameters: %j',
  provider => {
    expect(sentFor(provider)).toEqual({ require_parameters: true, max_price: MOST })
  },
)

test('what else a caller says of hosts goes along', () => {
  const provider = { order: ['x'], allow_fallbacks: false, zdr: true, require_parameters: true }
  expect(sentFor(provider)).toEqual({ ...provider, max_price: MOST })
})

test.each<[unknown, string]>([
  [0.5, '0.5'],
  ['0.5', '0.5'],
  [5e-7, '0.0000005'],
  [0.1 + 0.2, '0.3'],
  ['2.5', '2.5'],
  [2.6, MOST.prompt],
  ['100', MOST.prompt],
  [null, MOST.prompt],
])('a caller may want less than the price, and never more: %j', (prompt, sent) => {
  expect(sentFor({ max_price: { prompt, image: '7' } })).toMatchObject({
    max_price: { ...MOST, prompt: sent, image: '7' },
  })
})

test.each([
  ['provider', 'x'],
  ['provider', ['x']],
  ['provider.require_parameters', { require_parameters: false }],
  ['provider.require_parameters', { require_parameters: 'no' }],
  ['provider.max_price', { max_price: '1' }],
  ['provider.max_price.prompt', { max_price: { prompt: '-1' } }],
  ['provider.max_price.prompt', { max_price: { prompt: ['0.01'] } }],
  ['provider.max_price.completion', { max_price: { completion: 1e22 } }],
  ['provider.max_price.completion', { max_price: { completion: '1e-7' } }],
  ['provider.max_price.request', { max_price: { request: {} } }],
])('what cannot be read, or would let a host be dearer, is refused: %s of %j', (param, provider) => {
  let refused: unknown
  try {
    sentFor(provider)
  } catch (error) {
    refused = error
  }
  expect(refused).toBeInstanceOf(GatewayError)
  expect(refused).toMatchObject({ param })
})
