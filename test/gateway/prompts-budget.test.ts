import { expect, test } from 'bun:test'
import { budgetedWorld, CENT, errorOf, MODEL, OUTPUT_PICO } from './budgeted'

const world = budgetedWorld()
const ASK = { model: 'm', prompt: 'Say hi' }
const MOST_TOKENS = 16_384

/** A prompt for a model that has chats alone. */
const complete = (key: string, body: object) =>
  fetch(`${world.gateway.url}/v1/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...ASK, ...body }),
  })

/** What the vendor was asked. */
async function asked(): Promise<Record<string, unknown>[]> {
  const calls = await world.vendor.calls(MODEL)
  return calls.map(({ body }) => JSON.parse(body!.toString()))
}

test.each<[object]>([
  [{ max_tokens: 1, max_completion_tokens: 30_000 }],
  [{ max_tokens: 30_000 }],
  [{ max_tokens: 300, n: 100 }],
])('T88 a prompt is set aside as the chat that it becomes: %j', async body => {
  const { key } = world.key(10n * CENT)
  const refusal = await complete(key, body)
  expect([refusal.status, (await errorOf(refusal)).code]).toEqual([429, 'insufficient_quota'])
  expect(await asked()).toEqual([])
  const rich = world.key(40n * CENT)
  expect((await complete(rich.key, body)).status).toBe(200)
})

test('T88 where it says no length the vendor is told one, and a shorter one where little is left', async () => {
  const [rich, poor] = [world.key(100n * CENT), world.key(400n * OUTPUT_PICO)]
  for (const { key } of [rich, poor]) expect((await complete(key, {})).status).toBe(200)
  const [told, short] = (await asked()).map(body => body.max_completion_tokens)
  expect(told).toBe(MOST_TOKENS)
  expect(short).toBeGreaterThanOrEqual(256)
  expect(short).toBeLessThan(400)
})

test('what it cost is spent to the pico-dollar, and nothing is held in the end', async () => {
  const { key, purse } = world.key(100n * CENT)
  expect((await complete(key, { max_tokens: 8 })).status).toBe(200)
  await world.rest(purse)
  expect(world.costPicoUsd).toBeGreaterThan(0n)
  expect(world.authority.spent(purse)).toBe(world.costPicoUsd)
})

test('what a chat model cannot be asked is refused by name, with a budget too', async () => {
  const { key } = world.key(100n * CENT)
  const refusal = await complete(key, { echo: true })
  expect([refusal.status, (await errorOf(refusal)).param]).toEqual([400, 'echo'])
})
