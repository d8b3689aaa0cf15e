import { expect, test } from 'bun:test'
import { figuresOf } from '../../src/messages/figures'
import { readUsage } from '../../src/vendors/anthropic/usage'
import { NO_USAGE } from '../../src/wire/usage'

test('input is told without what was cached, and read again it is the same', () => {
  const usage = {
    ...NO_USAGE,
    inputTokens: 100,
    cachedInputTokens: 60,
    cacheWriteTokens: 10,
    cacheWrite1hTokens: 5,
    outputTokens: 30,
    reasoningTokens: 12,
  }
  expect(figuresOf(usage)).toEqual({
    input_tokens: 25,
    cache_creation_input_tokens: 15,
    cache_read_input_tokens: 60,
    cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 5 },
    output_tokens: 30,
    output_tokens_details: { thinking_tokens: 12 },
  })
  expect(readUsage(figuresOf(usage))).toEqual(usage)
  expect(figuresOf({ ...NO_USAGE, outputTokens: 1 })).not.toHaveProperty('output_tokens_details')
})
