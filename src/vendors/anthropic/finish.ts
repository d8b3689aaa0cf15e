import type { ChatEvent, FinishReason } from '../../wire/chat-event'

const REASONS: Record<string, FinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  // A long turn of the vendor's own tools was paused. None can be asked for here; who names them in Messages goes on itself.
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}

/** OpenAI's word for why an answer ended; null where the vendor has not said. */
export function finishReasonOf(stopReason: unknown): FinishReason | null {
  return typeof stopReason === 'string' ? (REASONS[stopReason] ?? 'stop') : null
}

/** Why an answer ended; a refusal says its reason first. What is newer than this table is an ordinary end. */
export function finishEvents(stopReason: unknown, stopDetails: unknown, hasContent: boolean): ChatEvent[] {
  const native = typeof stopReason === 'string' ? stopReason : null
  const finish: ChatEvent = { kind: 'finish', choice: 0, reason: finishReasonOf(native) ?? 'stop', native }
  if (native !== 'refusal') return [finish]
  const text = explanationIn(stopDetails) ?? (hasContent ? undefined : 'The model refused to answer.')
  return text === undefined ? [finish] : [{ kind: 'refusal', choice: 0, text }, finish]
}

function explanationIn(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null) return undefined
  const { explanation } = details as { explanation?: unknown }
  return typeof explanation === 'string' && explanation !== '' ? explanation : undefined
}
