import type { Block, Turn } from './block'
import type { ModelRules } from './model-rules'
import type { Thinking } from './thinking'

const BINDING_BETA = 'thinking-binding-controls-2026-08-01'

/**
 * A model with a budget demands the thoughts before the calls that are being answered. Callers who do not hand them
 * back are answered without thinking.
 */
export function lostThoughts(messages: readonly Turn[]): boolean {
  const last = messages.at(-1)
  const before = messages.at(-2)
  if (before?.role !== 'assistant' || !last?.content.some(({ type }) => type === 'tool_result')) return false
  const [first] = before.content
  return first === undefined || !isThought(first)
}

/** For a request that does not think: it has no use for what was thought. */
export function withoutThoughts(messages: readonly Turn[]): Turn[] {
  return messages.map(({ role, content }) => ({ role, content: content.filter(block => !isThought(block)) }))
}

/** A thought that does not fit what stands before it now is left out by the vendor, not refused. */
export function bindingOf({ bindsThoughts }: ModelRules, { thinking }: Thinking, messages: readonly Turn[]) {
  const replays = messages.some(({ content }) => content.some(isThought))
  if (!bindsThoughts || !replays || thinking?.type !== 'adaptive') return { member: {}, betas: [] }
  return {
    member: { block_binding: { prefix_mismatch_behavior: 'drop_block' } },
    betas: [BINDING_BETA],
  }
}

function isThought({ type }: Block): boolean {
  return type === 'thinking' || type === 'redacted_thinking'
}
