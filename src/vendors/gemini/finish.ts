import type { FinishReason } from '../../wire/chat-event'

const REASONS: Record<string, FinishReason> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // The vendor would go on with what it began, in another request: it is not the whole answer.
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  LANGUAGE: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
}

/** The model wrote what nobody can use: no answer, but a failure. */
const UNUSABLE = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
])

/** OpenAI's word for the vendor's; undefined where the answer is none. An unknown word is an end if anything was said. */
export function finishReason(
  native: string,
  hasCalls: boolean,
  hasContent: boolean,
): FinishReason | undefined {
  if (UNUSABLE.has(native)) return undefined
  const reason = REASONS[native] ?? (hasContent || hasCalls ? 'stop' : undefined)
  return reason === 'stop' && hasCalls ? 'tool_calls' : reason
}
