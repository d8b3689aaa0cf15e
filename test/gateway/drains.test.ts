import { expect, test } from 'bun:test'
import { Drains } from '../../src/gateway/drains'
import { Ticker } from '../../src/lib/ticker'
import type { Exchange } from '../../src/upstream/exchange'
import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'
import { FakeClock } from './fake-clock'
import { scriptedWorld } from './scripted'
import { ASK, line, STREAM_HEAD } from './stream-text'

const world = scriptedWorld()
const WORDS = chat({ tokens: [' the', ' world'], cut: { after: 2, how: 'stall' } })

/** A caller that leaves a vendor that bills on, in mid-stream. */
async function leave(steps: Step[]) {
  const clock = new FakeClock()
  const gateway = world.open({
    vendors: { acme: world.vendor.url },
    account: account => ({ ...account, onDisconnect: 'drain' }),
    clock,
  })
  await world.vendor.script('m-2026-01', steps)
  const controller = new AbortController()
  const response = await gateway.chat(ASK, { signal: controller.signal })
  await response.body!.getReader().read()
  controller.abort()
  while (![...gateway.live].some(({ left }) => left)) await Bun.sleep(2)
  const { id } = await world.vendor.waitForCall('m-2026-01')
  return { clock, gateway, id }
}

test('a vendor that is read without its caller is given up after five minutes, and what was seen is counted', async () => {
  const { clock, gateway, id } = await leave(WORDS)
  clock.advance(300_000)
  gateway.ticker.tick()
  expect([gateway.deps.drains.size, gateway.records.length]).toEqual([1, 0])
  clock.advance(1)
  gateway.ticker.tick()
  expect(await gateway.record()).toMatchObject({
    outcome: 'cancelled',
    usageSource: 'tokenizer',
    usage: { outputTokens: 2 },
  })
  await world.vendor.waitForClosed(id)
  expect(gateway.deps.drains.size).toBe(0)
})

test('and after 16 MiB more', async () => {
  const flood: Step = { repeat: 300, steps: [{ chunk: line({ content: 'x'.repeat(60_000) }) }] }
  const { gateway, id } = await leave([
    STREAM_HEAD,
    ...WORDS.slice(1, 4),
    { gate: 'flood' },
    flood,
    { stall: true },
  ])
  await world.vendor.open('flood')
  expect(await gateway.record()).toMatchObject({ outcome: 'cancelled', errorCode: null })
  await world.vendor.waitForClosed(id)
  expect(gateway.deps.drains.size).toBe(0)
})

test('no more than 512 are read at once; who has ended makes room', () => {
  const clock = new FakeClock()
  const ticker = new Ticker(clock)
  const drains = new Drains(clock, ticker)
  const exchanges = Array.from({ length: 513 }, () => ({ endedAt: null as number | null, bytes: 0 }))
  const take = (exchange: (typeof exchanges)[number]) =>
    drains.take(exchange as unknown as Exchange, 'billed')
  expect(exchanges.map(take)).toEqual([...Array(512).fill(true), false])
  exchanges[0]!.endedAt = 1
  ticker.tick()
  expect([drains.size, take(exchanges[512]!), drains.size]).toEqual([511, true, 512])
  for (const exchange of exchanges) exchange.endedAt = 1
  ticker.tick()
  expect([drains.size, ticker.size]).toEqual([0, 0])
})

test('callers who only ask for it take no more than 128 of them', () => {
  const clock = new FakeClock()
  const ticker = new Ticker(clock)
  const drains = new Drains(clock, ticker)
  const exchanges = Array.from({ length: 513 }, () => ({ endedAt: null as number | null, bytes: 0 }))
  const take = (exchange: (typeof exchanges)[number], why: 'billed' | 'asked') =>
    drains.take(exchange as unknown as Exchange, why)
  const asked = exchanges.slice(0, 129).map(exchange => take(exchange, 'asked'))
  expect(asked).toEqual([...Array(128).fill(true), false])
  expect(exchanges.slice(129).every(exchange => take(exchange, 'billed'))).toBe(true)
  expect(take(exchanges[128]!, 'billed')).toBe(false)
  exchanges[0]!.endedAt = 1
  ticker.tick()
  expect(take(exchanges[128]!, 'asked')).toBe(true)
})
