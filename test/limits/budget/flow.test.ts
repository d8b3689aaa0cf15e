import { expect, test } from 'bun:test'
import { Flow } from '../../../src/limits/budget/flow'

test('a flow is what came in a second; it rises at once, and falls by what half a second has shown', () => {
  const flow = new Flow(1_000)
  flow.note(400n, 1_040)
  expect(flow.perSecond).toBe(0n)
  flow.note(400n, 1_050)
  expect(flow.perSecond).toBe(8_000n)
  flow.note(600n, 1_400)
  expect(flow.perSecond).toBe(8_000n)
  flow.note(600n, 1_500)
  expect(flow.perSecond).toBe(1_200n)
  flow.note(600n, 11_500)
  expect(flow.perSecond).toBe(0n)
})

test('a clock that stands still says nothing', () => {
  const flow = new Flow(0)
  flow.note(10n, 1_000)
  flow.note(1_000_000n, 1_000)
  expect(flow.perSecond).toBe(10n)
})
