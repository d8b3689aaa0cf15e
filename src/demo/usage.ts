import { type Choice, countOutput } from './choice'

/** OpenAI's usage object. */
export interface WireUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details: { cached_tokens: number; audio_tokens: number }
  completion_tokens_details: {
    reasoning_tokens: number
    audio_tokens: number
    accepted_prediction_tokens: number
    rejected_prediction_tokens: number
  }
}

/** The prompt once, and the sum of what all choices are long. */
export function usageOf(promptTokens: number, cachedTokens: number, choices: Choice[]): WireUsage {
  const sum = (count: (choice: Choice) => number) =>
    choices.reduce((total, choice) => total + count(choice), 0)
  const completionTokens = sum(countOutput)
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: sum(choice => choice.reasoningTokens),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
