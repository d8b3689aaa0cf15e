import type { Hold } from '../admission'
import type { Deployment } from '../routing/plan'
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
  const answerTokens = asked.shape.maxTokens ?? deployment.maxOutputTokens ?? 0
  return hold.reserve(operation.guessPrompt(asked, deployment), answerTokens)
}
