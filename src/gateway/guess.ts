import type { Deployment } from '../routing/plan'
import { estimateAnswer } from '../usage/estimate'
import { NO_USAGE, type Usage } from '../wire/usage'
import type { Asked, Operation } from './operation'
import { NOTHING_READ, type Reading } from './reading'

/** What a request is guessed to use by its size, where nothing better is known, with as much of an answer as was read. */
export function guessOf(
  { guessPrompt, guessBesides }: Operation,
  asked: Asked,
  deployment: Deployment,
  reading: Reading = NOTHING_READ,
): Usage {
  const inputTokens = guessPrompt(asked, deployment)
  const outputTokens = estimateAnswer(reading, textsOf(reading))
  return { ...NO_USAGE, ...guessBesides(asked, deployment), inputTokens, outputTokens }
}

function textsOf(reading: Reading): readonly string[] {
  try {
    return reading.texts()
  } catch {
    // They may be why there is nothing better.
    return []
  }
}
