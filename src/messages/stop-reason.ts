import type { FinishReason } from '../wire/chat-event'

/** Anthropic's own words, which a model of its behind another vendor may have said. */
const OWN = new Set([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
])
const REASONS: Record<FinishReason, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

/** Why an answer ended, in Anthropic's words. One that calls tools ends for them, whatever the vendor calls that. */
export function stopReasonOf(reason: FinishReason, native: string | null, hasCalls: boolean): string {
  if (hasCalls && (reason === 'stop' || reason === 'tool_calls')) return 'tool_use'
  if (native !== null && OWN.has(native)) return native
  return reason === 'tool_calls' ? 'end_turn' : REASONS[reason]
}
