import { addUsage, withCost, withUsage } from '../usage/usage-event'
import type { UnaryAnswer } from '../wire/chat-answer'
import type { Usage } from '../wire/usage'
import type { Bill } from './bill'

/**
 * The answer with the figures that were billed: the vendor's own, or an estimate in the place of impossible ones, in
 * the names of the endpoint (chat's unless `figures` gives others).
 */
export function billedJson(
  answer: UnaryAnswer,
  { usage, source, costPicoUsd }: Bill,
  figures?: (usage: Usage) => object,
): Uint8Array {
  const { bytes, usageSpan, isUsageBeside } = answer
  if (isUsageBeside) return addUsage(bytes, usage, costPicoUsd, figures)
  return source === 'vendor'
    ? withCost(bytes, costPicoUsd, usageSpan)
    : withUsage(bytes, usage, costPicoUsd, usageSpan, figures)
}
