import { expect, test } from 'bun:test'
import { readUsage } from '../../../src/vendors/gemini/usage'
import { NO_USAGE } from '../../../src/wire/usage'

test('tools add to the prompt, thoughts to the answer, modalities are told apart', () => {
  expect(
    readUsage({
      promptTokenCount: 100,
      toolUsePromptTokenCount: 7,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 30,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 10 },
        { modality: 'AUDIO', tokenCount: 84 },
        { modality: 'IMAGE', tokenCount: 6 },
      ],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 12 }],
    }),
  ).toEqual({
    ...NO_USAGE,
    inputTokens: 107,
    cachedInputTokens: 60,
    outputTokens: 50,
    reasoningTokens: 30,
    audioInputTokens: 84,
    imageInputTokens: 6,
    imageOutputTokens: 12,
  })
})

test.each([
  [undefined],
  [{ trafficType: 'ON_DEMAND' }],
  [{ promptTokenCount: -1 }],
  [{ promptTokenCount: 1.5 }],
  [{ promptTokenCount: '5' }],
  [{ promptTokenCount: 5, cachedContentTokenCount: 6 }],
  [{ promptTokenCount: 5, candidatesTokenCount: 1e12 }],
  [{ promptTokenCount: 5, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 6 }] }],
  [
    {
      promptTokenCount: 5,
      candidatesTokenCount: 1,
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 2 }],
    },
  ],
])('%j is no usage', value => {
  expect(readUsage(value)).toBeUndefined()
})
