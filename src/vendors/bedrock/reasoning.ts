import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { type Thinking, thinkingOf } from '../anthropic/thinking'
import type { ModelFamily } from './model-family'

/** What a request says of thinking. */
export interface Reasoning {
  /** Members of `additionalModelRequestFields`. */
  members: Record<string, unknown>
  isOn: boolean
  /** Counted into the bound on the answer. */
  budgetTokens: number
  dropped: string[]
}

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
const NOTHING: Reasoning = { members: {}, isOn: false, budgetTokens: 0, dropped: [] }

/** `reasoning_effort` in the words of the model behind the cloud. */
export function reasoningOf(
  chat: ChatBody,
  family: ModelFamily,
  maxOutputTokens: number | null,
  mustBeOff: boolean,
): Reasoning {
  if (family.kind === 'claude') return ofClaude(thinkingOf(chat, family.rules, maxOutputTokens, mustBeOff))
  const effort = field.oneOf(chat.reasoningEffort, 'reasoning_effort', EFFORTS)
  if (effort === undefined) return NOTHING
  switch (family.kind) {
    case 'gpt-oss':
      return { ...NOTHING, isOn: true, members: { reasoning_effort: lowToHigh(effort) } }
    case 'gpt':
      return { ...NOTHING, isOn: effort !== 'none', members: { reasoning: { effort } } }
    case 'nova': {
      const isOn = effort !== 'none'
      const config = isOn ? { type: 'enabled', maxReasoningEffort: lowToHigh(effort) } : { type: 'disabled' }
      return { ...NOTHING, isOn, members: { reasoningConfig: config } }
    }
    default:
      return { ...NOTHING, dropped: ['reasoning_effort'] }
  }
}

function ofClaude({ thinking, effort, isOn, budgetTokens, isDropped }: Thinking): Reasoning {
  return {
    members: { ...(thinking && { thinking }), ...(effort && { output_config: { effort } }) },
    isOn,
    budgetTokens,
    dropped: isDropped ? ['reasoning_effort'] : [],
  }
}

function lowToHigh(effort: (typeof EFFORTS)[number]): string {
  if (effort === 'none' || effort === 'minimal') return 'low'
  return effort === 'xhigh' || effort === 'max' ? 'high' : effort
}
