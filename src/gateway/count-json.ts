import type { Deployment } from '../routing/plan'
import { estimateAnswer, estimateText } from '../usage/estimate'
import type { Tokenizer } from '../usage/tokenizer'
import type { JsonRequest } from '../wire/json-request'
import { NO_USAGE } from '../wire/usage'
import type { Counted, ModelLimits } from './operation'
import type { Reading } from './reading'

/** What a call used that ended without the vendor's figures: the texts of the request and of the answer, counted; guessed by their size where they cannot be. */
export async function countJson(
  asked: JsonRequest,
  reading: Reading,
  deployment: Deployment,
  tokenizer: Pick<Tokenizer, 'count'>,
): Promise<Counted> {
  const texts = reading.texts()
  const tokens = await tokenizer.count(asked.body, texts)
  if (tokens)
    return {
      usage: { ...NO_USAGE, inputTokens: tokens.input, outputTokens: tokens.output },
      source: deployment.hidesReasoning ? 'estimated' : 'tokenizer',
    }
  const outputTokens = estimateAnswer(reading, texts)
  const inputTokens = guessTokens(asked, 1, { contextWindow: null })
  return { usage: { ...NO_USAGE, inputTokens, outputTokens }, source: 'estimated' }
}

/** What so many prompts may come to in tokens, by the size of the body: never more than the model takes of each. */
export function guessTokens(
  { body }: JsonRequest,
  prompts: number,
  { contextWindow }: Pick<ModelLimits, 'contextWindow'>,
): number {
  const most = contextWindow === null ? Number.POSITIVE_INFINITY : contextWindow * prompts
  return Math.min(estimateText(body.length), most)
}
