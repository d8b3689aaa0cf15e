import { expect, test } from 'bun:test'
import { plainEstimate } from '../../src/gateway/estimate'
import { spokenOperation } from '../../src/gateway/spoken-operation'
import type { Deployment } from '../../src/routing/plan'
import { emptyShape } from '../../src/wire/shape'
import { priceOf } from './start-endpoint'

const operation = spokenOperation('audio.transcriptions', '/audio/transcriptions')
const price = priceOf({ audio_minute: '0.006' })
const most = (arrived: number, mostBytes: number) => {
  const upload = { isSpent: false, mostBytes, close() {} }
  const asked = { model: 'm', stream: false, shape: emptyShape(arrived), upload }
  return plainEstimate(operation, asked, [{ price } as Deployment]).mostPicoUsd
}

test('a form that is still arriving is reserved for as what it may become', () => {
  expect(most(4_000, 25_000_000)).toBe(most(25_000_000, 25_000_000))
  expect(most(4_000, 4_000)).toBeLessThan(most(4_000, 25_000_000))
  // An hour of speech at 64 kbit/s costs $0.36: so much is always set aside.
  expect(most(0, 28_800_000)).toBeGreaterThan(360_000_000_000n)
})
