import { isObject } from '../../lib/object'
import type { ChatEvent, FinishReason } from '../../wire/chat-event'
import { readUsage } from './usage'

const INCOMPLETE: Record<string, FinishReason> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
}

/** The end of a response: why, what it used, and that nothing follows. */
export function endEvents(response: Record<string, unknown>, hasCalls: boolean): ChatEvent[] {
  const { status, incomplete_details: details, usage } = response
  const why = isObject(details) && typeof details.reason === 'string' ? details.reason : undefined
  const native = why ?? (typeof status === 'string' ? status : null)
  const reason = (why !== undefined && INCOMPLETE[why]) || (hasCalls ? 'tool_calls' : 'stop')
  const read = readUsage(usage)
  return [
    { kind: 'finish', choice: 0, reason, native },
    ...(read ? [{ kind: 'usage' as const, usage: read, raw: usage, isFinal: true }] : []),
    { kind: 'done' },
  ]
}
