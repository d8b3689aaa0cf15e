import { expect, test } from 'bun:test'
import type { Medium } from '../../../src/vendors/adapter'
import { readMediaUsage } from '../../../src/vendors/openai/media-usage'
import { NO_USAGE, type Usage } from '../../../src/wire/usage'

const READ: [case_: string, value: unknown, medium: Medium, usage: Partial<Usage>][] = [
  [
    'seconds of Mistral, beside tokens that are no sum',
    { prompt_audio_seconds: 3, prompt_tokens: 3, completion_tokens: 11, total_tokens: 389 },
    'text',
    { audioSeconds: 3 },
  ],
  ['seconds', { type: 'duration', seconds: 3.25 }, 'text', { audioSeconds: 3.25 }],
  [
    'heard tokens',
    {
      type: 'tokens',
      input_tokens: 26,
      input_token_details: { text_tokens: 5, audio_tokens: 21 },
      output_tokens: 4,
      total_tokens: 30,
    },
    'text',
    { inputTokens: 26, audioInputTokens: 21, outputTokens: 4 },
  ],
  [
    'spoken tokens, all of them sound',
    { input_tokens: 14, output_tokens: 101, total_tokens: 115 },
    'audio',
    { inputTokens: 14, outputTokens: 101, audioOutputTokens: 101 },
  ],
  [
    'painted tokens, all of them picture',
    {
      input_tokens: 50,
      input_tokens_details: { text_tokens: 10, image_tokens: 40, cached_tokens: 5 },
      output_tokens: 1056,
      total_tokens: 1106,
    },
    'image',
    {
      inputTokens: 50,
      imageInputTokens: 40,
      cachedInputTokens: 5,
      outputTokens: 1056,
      imageOutputTokens: 1056,
    },
  ],
  [
    'painted tokens with the thoughts beside them',
    {
      input_tokens: 1,
      output_tokens: 1100,
      output_tokens_details: { text_tokens: 44, image_tokens: 1056 },
      total_tokens: 1101,
    },
    'image',
    { inputTokens: 1, outputTokens: 1100, imageOutputTokens: 1056 },
  ],
  ['an embedding', { prompt_tokens: 7, total_tokens: 7 }, 'text', { inputTokens: 7 }],
  ['an embedding without its total', { prompt_tokens: 7 }, 'text', { inputTokens: 7 }],
]
for (const [case_, value, medium, usage] of READ)
  test(`${case_}: every figure is of its kind`, () => {
    expect(readMediaUsage(value, medium)).toEqual({ ...NO_USAGE, ...usage })
  })

const TOKENS = { input_tokens: 10, output_tokens: 5, total_tokens: 15 }
const IMPOSSIBLE: unknown[] = [
  null,
  undefined,
  'x',
  [],
  {},
  { type: 'duration' },
  { type: 'duration', seconds: -1 },
  { type: 'duration', seconds: '4' },
  { type: 'duration', seconds: null },
  { type: 'duration', seconds: 1e9 },
  { type: 'duration', seconds: Number.NaN },
  { ...TOKENS, input_tokens: -1 },
  { ...TOKENS, input_tokens: 1.5 },
  { ...TOKENS, total_tokens: 16 },
  { ...TOKENS, total_tokens: 'x' },
  { ...TOKENS, input_token_details: { audio_tokens: 11 } },
  { ...TOKENS, output_tokens: 1e12, total_tokens: 1e12 + 10 },
  { ...TOKENS, output_tokens_details: { image_tokens: 6 } },
  { prompt_tokens: 7, total_tokens: 8 },
  { prompt_tokens: -7, total_tokens: -7 },
]
test('figures that cannot be are none', () => {
  for (const value of IMPOSSIBLE)
    for (const medium of ['text', 'audio', 'image'] as const)
      expect({ value, read: readMediaUsage(value, medium) }).toEqual({ value, read: undefined })
})
