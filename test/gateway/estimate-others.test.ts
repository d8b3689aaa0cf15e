import { expect, test } from 'bun:test'
import { plainEstimate } from '../../src/gateway/estimate'
import type { Asked, Operation } from '../../src/gateway/operation'
import { spokenOperation } from '../../src/gateway/spoken-operation'
import type { Deployment } from '../../src/routing/plan'
import { readEmbeddingRequest } from '../../src/wire/embedding-request'
import { readImageRequest } from '../../src/wire/image-request'
import { readModerationRequest } from '../../src/wire/moderation-request'
import { emptyShape } from '../../src/wire/shape'
import { readSpeechRequest } from '../../src/wire/speech-request'
import { priceOf } from '../catalog/price-of'

/** $1 for a million input tokens, $10 for a million output tokens. */
const TOKENS = priceOf({ input: '1', output: '10' })
const INPUT = 1_000_000n
const OUTPUT = 10_000_000n

function most(endpoint: string, asked: Asked, price = TOKENS): bigint {
  const operation = { endpoint } as Operation
  return plainEstimate(operation, asked, [{ price, adapter: {} } as Deployment]).mostPicoUsd
}
const bytesOf = (body: object) => Buffer.from(JSON.stringify(body))

test('T88 every byte of what is embedded or judged is reserved for as a token', () => {
  const body = bytesOf({ model: 'm', input: 'word '.repeat(1_000) })
  const least = BigInt(body.length) * INPUT
  for (const [endpoint, asked] of [
    ['embeddings', readEmbeddingRequest(body)],
    ['moderations', readModerationRequest(body)],
  ] as const) {
    expect(most(endpoint, asked)).toBeGreaterThan(least)
    expect(most(endpoint, asked)).toBeLessThan(least + 100n * INPUT)
  }
})

const picture = (more: object = {}) => readImageRequest(bytesOf({ model: 'm', prompt: 'A fox', ...more }))
const tokensOf = (picoUsd: bigint) => Number(picoUsd / OUTPUT)

test.each([
  ['1024x1024', 4_160],
  ['1536x1024', 6_240],
  ['3584x2048', 12_329],
  ['2880x2880', 23_718],
])(
  'T88 a picture of %s is reserved for with more than the %d tokens that one takes at its best',
  (size, tokens) => {
    expect(tokensOf(most('images.generations', picture({ size })))).toBeGreaterThan(tokens)
    expect(tokensOf(most('images.generations', picture({ size, n: 3 })))).toBeGreaterThan(3 * tokens)
  },
)

test('pictures are reserved for one by one, whatever they are sold by; a size that is none is as none', () => {
  const each = priceOf({ image: '0.25' })
  expect(most('images.generations', picture({ n: 4 }), each)).toBe(1_000_000_000_000n)
  const usual = most('images.generations', picture({ size: 'auto' }))
  expect(tokensOf(usual)).toBeGreaterThan(6_240)
  expect(tokensOf(most('images.generations', picture({ size: '9x9x9' })))).toBe(tokensOf(usual))
})

const speech = (input: string, more: object = {}) =>
  readSpeechRequest(bytesOf({ model: 'm', voice: 'a', input, ...more }))

test('T88 speech is reserved for as digits are spoken, and longer where it is to be slow', () => {
  const digits = '7'.repeat(1_000)
  const spoken = (more: object = {}) => tokensOf(most('audio.speech', speech(digits, more)))
  // Half a second for each, at 21 tokens a second.
  expect(spoken()).toBeGreaterThan(1_000 * 0.5 * 21)
  expect(spoken({ speed: 0.25 })).toBeGreaterThan(4 * spoken() - 100)
  for (const speed of [1, 4, null, 'fast', -1, 0]) expect(spoken({ speed })).toBeLessThan(1.1 * spoken())
})

test('speech that is sold by the character is reserved for by its bytes', () => {
  const asked = speech('é'.repeat(500))
  const price = priceOf({ character: '15' })
  expect(most('audio.speech', asked, price)).toBeGreaterThanOrEqual(1_000n * 15_000_000n)
})

test('T88 the words that go along with a recording are reserved for', () => {
  const of = (mostTextBytes: number) => {
    const upload = { isSpent: false, mostBytes: 90_000, mostSeconds: 4, mostTextBytes, close() {} }
    const asked: Asked = { model: 'm', stream: false, shape: emptyShape(90_000), upload }
    const { endpoint } = spokenOperation('audio.transcriptions', '/audio/transcriptions')
    return most(endpoint, asked)
  }
  expect(of(40_000) - of(0)).toBe(40_000n * INPUT)
})
