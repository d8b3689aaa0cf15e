import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { FakeClock } from './fake-clock'
import { startGateway } from './start-gateway'
import { ASK, line, STREAM_HEAD } from './stream-text'

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())

const WORD: Step = { chunk: line({ content: 'hello' }) }
const FINISH: Step = { chunk: line({}, {}, 'stop') }
const DONE: Step = { chunk: 'data: [DONE]' }
const SILENCE: Step = { wait: 1_000 }

test('how far an answer is, is noted with its first content, and not again within a second', async () => {
  // The clock stands still: what a second brings never comes.
  const gateway = startGateway({ vendors: { acme: vendor.url }, clock: new FakeClock() })
  const words = ['one', 'two', 'three'].map(content => ({ chunk: line({ content }) }))
  await vendor.script('m-2026-01', [STREAM_HEAD, ...words, SILENCE, WORD, SILENCE, FINISH, DONE])
  await (await gateway.chat(ASK)).text()
  const { requestId } = await gateway.record()
  expect(gateway.checkpoints).toHaveLength(1)
  expect(gateway.checkpoints[0]).toMatchObject({ requestId, usage: null })
  expect(gateway.checkpoints[0]?.outputTokens).toBeGreaterThanOrEqual(1)
  await gateway.stop()
}, 30_000)

test('a second later it is noted again, and not where nothing more has come', async () => {
  const clock = new FakeClock()
  const gateway = startGateway({ vendors: { acme: vendor.url }, clock })
  const words = (count: number) => Array.from({ length: count }, () => WORD)
  await vendor.script('m-2026-01', [
    STREAM_HEAD,
    WORD,
    { gate: 'more' },
    ...words(9),
    { gate: 'end' },
    FINISH,
    DONE,
  ])
  const answer = await gateway.chat(ASK)
  const outputs = () => gateway.checkpoints.map(({ outputTokens }) => outputTokens)
  while (outputs().length < 1) await Bun.sleep(2)
  clock.advance(1_000)
  gateway.ticker.tick()
  expect(outputs()).toEqual([1])
  await vendor.open('more')
  while (outputs().length < 2) await Bun.sleep(2)
  await vendor.open('end')
  await answer.text()
  await gateway.record()
  expect(outputs()[1]).toBeGreaterThan(1)
  await gateway.stop()
})
