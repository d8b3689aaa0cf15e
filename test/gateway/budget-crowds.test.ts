import { expect, test } from 'bun:test'
import { budgetedWorld, CENT, errorOf, until } from './budgeted'

const world = budgetedWorld()

test('T84 a thousand at once on one cent: what is held never passes it, and it is used', async () => {
  const { key, purse } = world.key(CENT)
  const samples: bigint[] = []
  const sampling = setInterval(() => {
    world.ship()
    samples.push(world.authority.spent(purse) + world.authority.leased(purse))
  }, 5)
  const codes = await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const response = await world.ask(key, { max_tokens: 8, x_pace_ms: 2 })
      if (!response.ok) return (await errorOf(response)).code
      await response.arrayBuffer()
      return 'ok'
    }),
  )
  clearInterval(sampling)
  expect(new Set(codes)).toEqual(new Set(['ok', 'insufficient_quota']))
  await world.rest(purse)
  for (const sample of samples) expect(sample).toBeLessThanOrEqual(CENT)
  expect(world.authority.spent(purse)).toBeLessThanOrEqual(CENT)
  expect(world.authority.spent(purse)).toBe(world.costPicoUsd)
  expect(world.leastPicoUsd).toBe(0n)
}, 60_000)

test('T85 a thousand callers who leave after the first byte are charged, and nothing of theirs stays held', async () => {
  const { key, purse } = world.key(10_000n * CENT)
  const body = { stream: true, max_tokens: 1_000, x_tokens: 1_000, x_pace_ms: 20 }
  const leave = async () => {
    const leaving = new AbortController()
    const response = await world.ask(key, body, leaving.signal)
    await response.body!.getReader().read()
    leaving.abort()
  }
  for (let group = 0; group < 10; group++) await Promise.all(Array.from({ length: 100 }, leave))
  await until(() => world.gateway.records.length === 1_000)
  await world.rest(purse)
  const charged = world.gateway.records.filter(
    ({ outcome, costPicoUsd }) => outcome === 'cancelled' && costPicoUsd > 0n,
  )
  expect(charged).toHaveLength(1_000)
  expect(world.authority.spent(purse)).toBe(world.costPicoUsd)
  expect(world.gateway.live.size).toBe(0)
  expect(world.leastPicoUsd).toBe(0n)
}, 60_000)
