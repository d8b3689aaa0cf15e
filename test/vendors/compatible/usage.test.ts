import { expect, test } from 'bun:test'
import { delta, factsOf, ofKind, read } from './read'

const figures = (vendor: string, chunk: object) => ofKind(read(factsOf(vendor), [chunk]), 'usage')[0]
const counted = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 }

test('28: Moonshot’s usage stands in the choice, its cached tokens outside of the details', () => {
  const usage = { ...counted, cached_tokens: 16 }
  const chunk = { id: 'k', choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] }
  expect(figures('moonshot', chunk)).toMatchObject({
    isFinal: true,
    usage: { inputTokens: 20, cachedInputTokens: 16, outputTokens: 10 },
  })
})

test('27: Groq’s usage may stand under its own name', () => {
  expect(figures('groq', { ...delta({}, 'stop'), x_groq: { usage: counted } })?.usage).toMatchObject({
    inputTokens: 20,
  })
})

test('26: xAI’s reasoning is added to its tokens, with a total and without one', () => {
  const usage = {
    prompt_tokens: 307,
    completion_tokens: 26,
    completion_tokens_details: { reasoning_tokens: 227 },
  }
  for (const total of [560, undefined])
    expect(figures('xai', { choices: [], usage: { ...usage, total_tokens: total } })?.usage).toMatchObject({
      inputTokens: 307,
      outputTokens: 253,
      reasoningTokens: 227,
    })
})

test('cached tokens are never more than the prompt, and DeepSeek’s and Azure’s names are known', () => {
  expect(
    figures('xai', { choices: [], usage: { ...counted, prompt_tokens_details: { cached_tokens: 21 } } })
      ?.usage,
  ).toMatchObject({ cachedInputTokens: 20 })
  expect(
    figures('deepseek', { choices: [], usage: { ...counted, prompt_cache_hit_tokens: 8 } })?.usage,
  ).toMatchObject({ cachedInputTokens: 8 })
  expect(
    figures('deepinfra', { choices: [], usage: { ...counted, reasoning_tokens: 4 } })?.usage,
  ).toMatchObject({ reasoningTokens: 4, outputTokens: 10 })
})

test('figures beside a choice that never ends are the last word if nothing but [DONE] follows them', () => {
  const told = delta({ content: 'b' }, null, { usage: counted })
  const finals = (...chunks: object[]) =>
    ofKind(read({}, [...chunks, '[DONE]']), 'usage').map(each => each.isFinal)
  expect([finals(told), finals(told, delta({ content: 'c' }))]).toEqual([[false, true], [false]])
})

test('usage on every chunk is a count on the way until the answer has its end', () => {
  const events = read({}, [
    delta({ content: 'a' }, null, { usage: { ...counted, completion_tokens: 1, total_tokens: 21 } }),
    delta({}, 'stop', { usage: counted }),
  ])
  expect(ofKind(events, 'usage').map(({ isFinal, usage }) => [isFinal, usage.outputTokens])).toEqual([
    [false, 1],
    [true, 10],
  ])
})

test('figures that cannot be are not told', () => {
  expect(figures('together', { choices: [], usage: { ...counted, total_tokens: 99 } })).toBeUndefined()
})
