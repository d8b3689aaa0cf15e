import type { ChatEvent, FinishReason } from '../../wire/chat-event'

/** The family's words for why an answer ended. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  end: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool_calls',
  tool_call: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  sensitive: 'content_filter',
}

/** Words that say that the vendor failed. */
const FAILURES = new Set(['error', 'network_error', 'insufficient_system_resource', 'timeout'])

/** The end of a choice, or the failure that its word means. A word that nobody knows is an end as any other. */
export function finishEvent(choice: number, said: string, native: unknown): ChatEvent {
  const word = said.toLowerCase()
  if (FAILURES.has(word))
    return {
      kind: 'error',
      body: { error: { code: word, message: `The vendor ended its answer with '${word}'.` } },
    }
  const own = typeof native === 'string' && native !== '' ? native : said
  return { kind: 'finish', choice, reason: REASONS[word] ?? 'stop', native: own }
}
