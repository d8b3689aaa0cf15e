import type { FinishReason } from '../../wire/chat-event'

const REASONS: Record<string, FinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
}

/** OpenAI's word for the vendor's; undefined where the model wrote what nobody can use. */
export function finishReason(native: string, hasCalls: boolean): FinishReason | undefined {
  if (native.startsWith('malformed_')) return undefined
  const reason = REASONS[native] ?? 'stop'
  // The only call was the one whose arguments are the answer.
  return reason === 'tool_calls' && !hasCalls ? 'stop' : reason
}
