import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import type { ModelRules } from './model-rules'

/** What a request says of thinking. */
export interface Thinking {
  /** Members of the vendor's request. */
  thinking?: Record<string, unknown>
  effort?: string
  /** Thinking goes on, so that sampling and forced calls are refused. */
  isOn: boolean
  /** The budget, which the vendor counts into `max_tokens`. */
  budgetTokens: number
  /** The caller's effort could not be had beside what else it asked for. */
  isDropped: boolean
}

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
type Effort = (typeof EFFORTS)[number]

/** Of the longest answer, for models that want a number. */
const SHARES: Record<Exclude<Effort, 'none'>, number> = {
  minimal: 0.02,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 0.9,
}
const LEAST_BUDGET = 1024
/** For a model of which nobody tells how much it can answer. */
const USUAL_BUDGET_BASE = 16_000

const SILENT: Thinking = { isOn: false, budgetTokens: 0, isDropped: false }

/**
 * `reasoning_effort` in the words of this model. `mustBeOff` where the request forces a call or goes on from history
 * whose thoughts are lost: a model that can then answers without thinking. Throws `invalid_value` for an unknown effort.
 */
export function thinkingOf(
  chat: ChatBody,
  rules: ModelRules,
  maxOutputTokens: number | null,
  mustBeOff: boolean,
): Thinking {
  const effort = effortOf(chat.reasoningEffort)
  if (rules.thinking === 'none') return { ...SILENT, isDropped: effort !== undefined && effort !== 'none' }
  if (effort === 'none') return offFor(rules)
  if (mustBeOff && rules.off !== 'never' && rules.byDefault !== 'always') {
    const isDropped = effort !== undefined
    return isDropped || rules.byDefault !== 'off' ? { ...offFor(rules), isDropped } : SILENT
  }
  if (effort === undefined) return unsaid(rules)
  if (rules.thinking === 'adaptive') return adaptive(rules, knownEffort(effort, rules))
  const base = maxOutputTokens ?? USUAL_BUDGET_BASE
  const budgetTokens = Math.max(LEAST_BUDGET, Math.floor(base * SHARES[effort]))
  return {
    thinking: { type: 'enabled', budget_tokens: budgetTokens },
    isOn: true,
    budgetTokens,
    isDropped: false,
  }
}

function effortOf(said: string | undefined): Effort | undefined {
  return field.oneOf(said, 'reasoning_effort', EFFORTS)
}

/** A model that thinks by itself says what it thought only if it is asked to. */
function unsaid(rules: ModelRules): Thinking {
  return rules.byDefault === 'on' || rules.byDefault === 'always' ? adaptive(rules, undefined) : SILENT
}

function adaptive(rules: ModelRules, effort: string | undefined): Thinking {
  return {
    thinking: { type: 'adaptive', ...(rules.hidesThoughts && { display: 'summarized' }) },
    ...(effort !== undefined && { effort }),
    isOn: true,
    budgetTokens: 0,
    isDropped: false,
  }
}

function offFor(rules: ModelRules): Thinking {
  if (rules.off === 'never') return adaptive(rules, 'low')
  if (rules.off === 'omit') return SILENT
  const isBetweenTools = rules.off === 'between_tools'
  return { ...SILENT, thinking: { type: rules.off }, isOn: isBetweenTools }
}

/** The nearest effort that the model has. */
function knownEffort(effort: Exclude<Effort, 'none'>, { efforts }: ModelRules): string {
  if (effort === 'minimal') return 'low'
  if (effort === 'xhigh' || effort === 'max') return efforts.includes(effort) ? effort : 'high'
  return effort
}
