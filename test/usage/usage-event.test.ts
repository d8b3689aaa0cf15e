import { expect, test } from 'bun:test'
import { makeUsageEvent, withCost } from '../../src/usage/usage-event'
import { NO_USAGE } from '../../src/wire/usage'
import { chunksOf } from '../gateway/stream-text'

const priced = (text: string, costPicoUsd: bigint) =>
  Buffer.from(withCost(Buffer.from(text), costPicoUsd)).toString()

test('the cost is the last member of usage, and every other byte stays', () => {
  expect(priced('{"a":1,"usage":{"x": 1e2 },"b":[]}', 71_000_000n)).toBe(
    '{"a":1,"usage":{"x": 1e2 ,"cost_usd":0.000071},"b":[]}',
  )
})

test('the cost is written as a plain decimal without an exponent', () => {
  expect(priced('{"usage":{"a":1}}', 1n)).toBe('{"usage":{"a":1,"cost_usd":0.000000000001}}')
  expect(priced('{"usage":{"a":1}}', 0n)).toBe('{"usage":{"a":1,"cost_usd":0}}')
  expect(priced('{"usage":{"a":1}}', 123_000_000_000_000n)).toBe('{"usage":{"a":1,"cost_usd":123}}')
})

test('whoever knows where usage stands says so, and nothing is looked for', () => {
  const text = '{"usage":{"inner":{ }},"b":[]}'
  const at = (value: string) => ({ start: text.indexOf(value), end: text.indexOf(value) + value.length })
  const withSpan = (value: string) => Buffer.from(withCost(Buffer.from(text), 1n, at(value))).toString()
  expect(withSpan('{"inner":{ }}')).toBe(priced(text, 1n))
  expect(withSpan('{ }')).toBe('{"usage":{"inner":{ "cost_usd":0.000000000001}},"b":[]}')
  expect(withSpan('[]')).toBe(text)
})

test('an empty usage object gets the cost alone', () => {
  expect(priced('{"usage":{ }}', 2_000_000_000_000n)).toBe('{"usage":{ "cost_usd":2}}')
})

test('a usage object of the answer’s text or of its tools is not the answer’s own', () => {
  const text = '{"choices":[{"message":{"content":"\\"usage\\":{}","x":{"usage":{"a":1}}}}],"usage":{"b":2}}'
  expect(priced(text, 1_000_000_000_000n)).toBe(text.replace('{"b":2}', '{"b":2,"cost_usd":1}'))
  const before = '{"usage":{"b":2},"choices":[{"message":{"x":{"usage":{"a":1}}}}]}'
  expect(priced(before, 1_000_000_000_000n)).toBe(before.replace('{"b":2}', '{"b":2,"cost_usd":1}'))
})

test('bytes without a usage object stay as they are', () => {
  for (const text of ['{"a":1}', '{"usage":null}', '{"usage":3}', '{"content":"usage"}'])
    expect(priced(text, 5n)).toBe(text)
})

test('a usage event is made in the likeness of the stream', () => {
  const like = { id: 'c', object: 'chat.completion.chunk', created: 7, model: 'm-1', choices: [{}] }
  const usage = { ...NO_USAGE, inputTokens: 10, cachedInputTokens: 4, outputTokens: 3, reasoningTokens: 2 }
  const text = Buffer.from(makeUsageEvent(like, usage, 71_000_000n)).toString()
  expect(chunksOf(text)).toEqual([
    {
      id: 'c',
      object: 'chat.completion.chunk',
      created: 7,
      model: 'm-1',
      choices: [],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 3,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 2, audio_tokens: 0 },
        cost_usd: 0.000071,
      },
    },
  ])
})
