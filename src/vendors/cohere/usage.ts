import { isObject } from '../../lib/object'
import { NO_USAGE, type Usage } from '../../wire/usage'
import { isCount } from '../count'

/**
 * Cohere's `usage`: of its two counts the billed one, which has neither its own instructions nor what a cache saved.
 * Undefined if it is none, or if a figure is negative, fractional or absurd.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined
  const counts = isObject(value.billed_units) ? value.billed_units : value.tokens
  if (!isObject(counts)) return undefined
  const { input_tokens: inputTokens, output_tokens: outputTokens } = counts
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined
  return { ...NO_USAGE, inputTokens, outputTokens }
}
