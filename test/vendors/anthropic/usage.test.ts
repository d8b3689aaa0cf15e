import { expect, test } from 'bun:test'
import { mergeUsage, readUsage } from '../../../src/vendors/anthropic/usage'
import { NO_USAGE } from '../../../src/wire/usage'

test('the prompt is all of it, each cached token counted once', () => {
  expect(
    readUsage({
      input_tokens: 10,
      cache_creation_input_tokens: 300,
      cache_read_input_tokens: 2000,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 20 },
      service_tier: 'standard',
    }),
  ).toEqual({
    ...NO_USAGE,
    inputTokens: 2310,
    cachedInputTokens: 2000,
    cacheWriteTokens: 100,
    cacheWrite1hTokens: 200,
    outputTokens: 50,
    reasoningTokens: 20,
  })
})

test.each([
  [
    { input_tokens: 1, output_tokens: 2 },
    { inputTokens: 1, outputTokens: 2 },
  ],
  [
    { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: null, cache_read_input_tokens: null },
    { inputTokens: 1, cachedInputTokens: 0 },
  ],
  [
    { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 5 },
    { inputTokens: 6, cacheWriteTokens: 5, cacheWrite1hTokens: 0 },
  ],
  [
    { input_tokens: 1, output_tokens: 2, cache_creation: { ephemeral_1h_input_tokens: 5 } },
    { inputTokens: 6, cacheWriteTokens: 0, cacheWrite1hTokens: 5 },
  ],
])('%j is %j', (raw, usage) => {
  expect(readUsage(raw)).toMatchObject(usage)
})

test.each([
  [undefined],
  [null],
  [[]],
  [{}],
  [{ input_tokens: 1 }],
  [{ input_tokens: -1, output_tokens: 2 }],
  [{ input_tokens: 1.5, output_tokens: 2 }],
  [{ input_tokens: 1, output_tokens: 2e9 }],
  [{ input_tokens: '1', output_tokens: 2 }],
  [{ input_tokens: 1, output_tokens: 2, output_tokens_details: { thinking_tokens: 3 } }],
  [{ input_tokens: 1, output_tokens: 2, cache_read_input_tokens: -4 }],
  [
    {
      input_tokens: 1,
      output_tokens: 2,
      cache_creation_input_tokens: 1,
      cache_creation: { ephemeral_1h_input_tokens: 5 },
    },
  ],
])('%j cannot be', raw => {
  expect(readUsage(raw)).toBeUndefined()
})

test('a later word overwrites what it says and leaves the rest', () => {
  const known = { input_tokens: 43, cache_read_input_tokens: 7, output_tokens: 1 }
  expect(mergeUsage(known, { input_tokens: 61, cache_read_input_tokens: null, output_tokens: 2 })).toEqual({
    input_tokens: 61,
    cache_read_input_tokens: 7,
    output_tokens: 2,
  })
  expect(mergeUsage(known, undefined)).toBe(known)
})
