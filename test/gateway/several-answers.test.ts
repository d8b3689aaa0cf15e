import { expect, test } from 'bun:test'
import {
  ASK,
  chunksOf,
  contentOf,
  delta,
  MINE,
  refusal,
  SSE_HEAD,
  STREAM,
  said,
  translatedWorld,
  UPSTREAM,
  usageOf,
  whole,
} from './translated'

const { world, gatewayOf } = translatedWorld()

test('35: n answers of a vendor without n are as many requests: distinct indexes, one id, the sum of the usage', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await world.vendor.script(
    UPSTREAM,
    said('one', usageOf(10, 1)),
    said('two', usageOf(10, 2)),
    said('three', usageOf(12, 3)),
  )
  const response = await gateway.chat({ ...STREAM, n: 3, seed: 5 })
  const chunks = chunksOf(await response.text())
  expect([0, 1, 2].map(index => contentOf(chunks, index)).toSorted()).toEqual(['one', 'three', 'two'])
  expect(contentOf(chunks, 0)).toBe('one')
  expect([...new Set(chunks.map(({ id }) => id))]).toEqual(['c'])
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 32, completion_tokens: 6 } })
  const calls = (await world.vendor.calls()).map(({ body }) => JSON.parse(body!.toString()))
  expect(calls.map(({ seed }) => seed)).toEqual([5, 6, 7])
  expect(calls.every(call => !('n' in call))).toBe(true)
  expect(await gateway.record()).toMatchObject({
    outcome: 'ok',
    usageSource: 'vendor',
    usage: { inputTokens: 32, outputTokens: 6 },
  })
})

test('35: a whole answer with n is joined as well', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await world.vendor.script(UPSTREAM, whole('a', usageOf(10, 1)), whole('b', usageOf(10, 1)))
  const answer = (await (await gateway.chat({ ...ASK, n: 2 })).json()) as {
    choices: { index: number; message: { content: string } }[]
  }
  expect(answer).toMatchObject({
    id: 'c',
    usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 },
  })
  expect(answer.choices.map(({ index }) => index)).toEqual([0, 1])
  expect(answer.choices.map(({ message }) => message.content).toSorted()).toEqual(['a', 'b'])
})

test('35: an answer of several that is refused after another began is an error in the midst', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await world.vendor.script(
    UPSTREAM,
    said('one', usageOf(10, 1)),
    refusal(429, { message: 'Slow down.', code: 'rate_limit_exceeded' }),
  )
  const text = await (await gateway.chat({ ...STREAM, n: 2 })).text()
  const chunks = chunksOf(text)
  expect(contentOf(chunks, 0)).toBe('one')
  expect(chunks.at(-1)?.error?.message).toBe('Slow down.')
  expect(text).toEndWith('data: [DONE]\n\n')
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    // One prompt and its answer by the vendor's figures, the other counted.
    usageSource: 'mixed',
  })
})

test('35: one that is refused before another said a word has its own status', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await world.vendor.script(
    UPSTREAM,
    [SSE_HEAD, delta({ role: 'assistant', content: '' }), { stall: true }],
    refusal(429, { message: 'Slow down.' }),
  )
  const response = await gateway.chat({ ...STREAM, n: 2 })
  expect([response.status, await response.json()]).toMatchObject([
    429,
    { error: { code: 'upstream_rate_limited' } },
  ])
})

test('35: where the first of several is refused, the refusal is the answer, with its status', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await world.vendor.script(UPSTREAM, refusal(400, { message: 'No.', code: 'bad', param: 'messages' }))
  for (const body of [
    { ...ASK, n: 2 },
    { ...STREAM, n: 2 },
  ]) {
    const response = await gateway.chat(body)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'bad', message: 'No.' } },
    ])
  }
})

test('more answers than connections are allowed are refused by name', async () => {
  const response = await gatewayOf({ mine: MINE }).chat({ ...ASK, n: 17 })
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { code: 'unsupported_parameter', param: 'n' } },
  ])
  expect(await world.vendor.calls()).toEqual([])
})
