import type { FinishReason } from '../../wire/chat-event'

const REASONS: Record<string, FinishReason> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool_calls',
  ERROR_TOXIC: 'content_filter',
}

const FAILED = new Set(['ERROR', 'TIMEOUT', 'ERROR_LIMIT'])

/** OpenAI's word for the vendor's; undefined where the answer is none. */
export function finishReason(native: string): FinishReason | undefined {
  return FAILED.has(native) ? undefined : (REASONS[native] ?? 'stop')
}
