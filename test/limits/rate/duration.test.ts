import { expect, test } from 'bun:test'
import { formatDuration } from '../../../src/limits/rate/duration'

test('durations are written as OpenAI writes them', () => {
  const cases = [
    [0, '0s'],
    [0.2, '1ms'],
    [12, '12ms'],
    [999.5, '1s'],
    [1_500, '1.5s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [61_020, '1m1.02s'],
    [17_008_384, '4h43m28.384s'],
  ] as const
  expect(cases.map(([ms]) => formatDuration(ms))).toEqual(cases.map(([, text]) => text))
})
