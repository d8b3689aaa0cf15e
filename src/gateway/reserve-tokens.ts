import type { Hold } from '../admission'
import type { Endpoint } from '../catalog/model'
import type { Deployment } from '../routing/plan'
import { chatFor } from './estimate'
import type { Asked, Operation } from './operation'

/**
 * Sets aside what a request may come to in tokens: its prompt as it is guessed, and the longest answer that it asks for
 * or the model gives. Throws `rate_limit_exceeded`.
 */
export function reserveTokens(
  hold: Hold,
  operation: Operation,
  asked: Asked,
  [deployment]: readonly Deployment[],
): void | Promise<void> {
  if (!deployment) throw new Error('reserveTokens: the plan is empty')
  const chat = chatFor(operation, asked, deployment) ?? asked
  const answers = 'n' in chat && typeof chat.n === 'number' ? chat.n : 1
  const longest = chat.shape.maxTokens ?? deployment.maxOutputTokens ?? 0
  const answerTokens = isAnswerless(operation.endpoint) ? 0 : answers * longest
  return hold.reserve(operation.guessPrompt(asked, deployment), answerTokens)
}

/** Its answers are no tokens. */
function isAnswerless(endpoint: Endpoint): boolean {
  return endpoint === 'embeddings' || endpoint === 'moderations'
}
