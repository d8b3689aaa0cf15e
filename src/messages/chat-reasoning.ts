import * as field from '../wire/field'
import type { ChatDialect, Drops } from './chat-dialect'

const TYPES = ['enabled', 'adaptive', 'disabled', 'between_tools'] as const
const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const
/** Up to so many tokens of a budget are a low effort, a medium one; above that it is high. */
const LOW_BUDGET = 4096
const MEDIUM_BUDGET = 16_384

/**
 * `thinking` and `output_config.effort` as `reasoning_effort`. A model that does not think is not told to, and that is
 * said. "Do not think" is no effort at OpenAI, where not every model has a word for it.
 */
export function reasoningOf(
  body: Record<string, unknown>,
  { canReason, isExtended }: ChatDialect,
  dropped: Drops,
): string | undefined {
  const thinking = field.object(body.thinking, 'thinking')
  const type = field.oneOf(thinking?.type, 'thinking.type', TYPES)
  const effort = field.oneOf(
    field.object(body.output_config, 'output_config')?.effort,
    'output_config.effort',
    EFFORTS,
  )
  if (type === 'disabled') return canReason && isExtended ? 'none' : undefined
  if (!canReason) {
    if (type !== undefined) dropped.add('thinking')
    if (effort !== undefined) dropped.add('output_config.effort')
    return undefined
  }
  const wanted = effort ?? effortOf(type, thinking)
  return isExtended || (wanted !== 'xhigh' && wanted !== 'max') ? wanted : 'high'
}

function effortOf(
  type: (typeof TYPES)[number] | undefined,
  thinking: Record<string, unknown> | undefined,
): string | undefined {
  if (type !== 'enabled') return type === undefined ? undefined : 'medium'
  const at = 'thinking.budget_tokens'
  const budget = field.required(field.integer(thinking?.budget_tokens, at, 1, Number.MAX_SAFE_INTEGER), at)
  if (budget <= LOW_BUDGET) return 'low'
  return budget <= MEDIUM_BUDGET ? 'medium' : 'high'
}
