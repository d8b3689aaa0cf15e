import type { ChatRequest } from '../../wire/chat-request'
import { JsonReader } from '../../wire/json-reader'
import type { Edit } from '../../wire/splice'
import { fittingToolId, type ToolIdRule } from '../tool-id'

/** OpenAI refuses ids of calls that are longer; vLLM’s own and some of Cohere’s are. */
export const SHORT_ID: ToolIdRule = { allowed: /^.{1,40}$/s, prefix: 'call_', length: 24 }

/** What is to be put in the place of ids that are too long, of calls and of their results alike: a history may be another vendor's. */
export function shortenIds({ body, messages }: Pick<ChatRequest, 'body' | 'messages'>): Edit[] {
  const edits: Edit[] = []
  const reader = new JsonReader(body.subarray(messages.start, messages.end))
  const readId = () => {
    const span = reader.skip()
    const id = reader.value(span)
    if (typeof id !== 'string' || SHORT_ID.allowed.test(id) || id === '') return
    const text = JSON.stringify(fittingToolId(id, SHORT_ID))
    edits.push({ start: messages.start + span.start, end: messages.start + span.end, text })
  }
  const readCall = () => {
    if (reader.kind() !== 'object') return void reader.skip()
    reader.object(key => void (key === 'id' ? readId() : reader.skip()))
  }
  reader.array(() =>
    reader.object(key => {
      if (key === 'tool_call_id') readId()
      else if (key === 'tool_calls' && reader.kind() === 'array') reader.array(readCall)
      else reader.skip()
    }),
  )
  return edits
}
