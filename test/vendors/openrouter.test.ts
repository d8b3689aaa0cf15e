import { expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { ask, factsOf } from './compatible/read'

/** The tests' price, and a hair above it. */
const MOST = {
  prompt: '2.500000001',
  completion: '10.000000001',
  image: '0.125000001',
  request: '0.000000001',
}

const sentFor = (provider: unknown) => ask(factsOf('openrouter'), { provider }).sent.provider

test.each([[undefined], [null], [{}]])('a host that is dearer than the price is not asked: %j', provider => {
  expect(sentFor(provider)).toEqual({ require_parameters: true, max_price: MOST })
})

test('what a caller says of hosts goes along, and may let parameters be dropped', () => {
  const provider = { order: ['x'], allow_fallbacks: false, require_parameters: false }
  expect(sentFor(provider)).toEqual({ ...provider, max_price: MOST })
})

test('a caller may want less than the price, as text or as a number, and never more', () => {
  const max_price = { prompt: 0.5, completion: '10', image: '0.2', request: 1e-3, audio: '7' }
  expect(sentFor({ max_price })).toMatchObject({
    max_price: { prompt: 0.5, completion: '10', image: MOST.image, request: MOST.request, audio: '7' },
  })
  expect(sentFor({ max_price: { prompt: null } })).toMatchObject({ max_price: MOST })
})

test.each([
  ['provider', 'x'],
  ['provider', ['x']],
  ['provider.max_price', { max_price: '1' }],
  ['provider.max_price.prompt', { max_price: { prompt: '-1' } }],
  ['provider.max_price.completion', { max_price: { completion: 1e-7 } }],
  ['provider.max_price.request', { max_price: { request: {} } }],
  ['provider.max_price.image', { max_price: { image: 'free' } }],
])('what cannot be read is refused: %s of %j', (param, provider) => {
  let refused: unknown
  try {
    sentFor(provider)
  } catch (error) {
    refused = error
  }
  expect(refused).toBeInstanceOf(GatewayError)
  expect(refused).toMatchObject({ param })
})
