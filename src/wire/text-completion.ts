import { parseObject } from '../lib/json'
import { isObject } from '../lib/object'
import { outermostMember, valueEnd } from './member'
import { eventData, firstEventEnd } from './sse'

const USAGE = Buffer.from('"usage"')

/** A chat's whole answer as that of a completion; its usage stays as it is written. */
export function asTextCompletion(bytes: Uint8Array): Uint8Array {
  return Buffer.from(textJson(bytes, JSON.parse(Buffer.from(bytes).toString('utf8')), 'message'))
}

/** Whole events of a chat's stream as those of a completion's. */
export function asTextEvents(events: Uint8Array): Uint8Array {
  const told: string[] = []
  for (let at = 0; at < events.length; ) {
    const next = firstEventEnd(events, at)
    const end = next === -1 ? events.length : next
    told.push(asTextEvent(events.subarray(at, end)))
    at = end
  }
  return Buffer.from(told.join(''))
}

/** Comments, errors and `[DONE]` are the same in both; an event that is no JSON goes on as it came, as in a chat. */
function asTextEvent(event: Uint8Array): string {
  const data = eventData(event)
  const chunk = parseObject(data)
  if (!Array.isArray(chunk?.choices)) return Buffer.from(event).toString('utf8')
  return `data: ${textJson(Buffer.from(data), chunk, 'delta')}\n\n`
}

/** The cost is a number of up to twelve decimals, which no second writing may turn into an exponent. */
function textJson(bytes: Uint8Array, answer: unknown, said: 'message' | 'delta'): string {
  const { id: chatId, created, model, choices } = answer as Record<string, unknown>
  const id = typeof chatId === 'string' ? chatId.replace(/^chatcmpl-/, 'cmpl-') : chatId
  const head = { id, object: 'text_completion', created, model, choices: textChoices(choices, said) }
  const usage = outermostMember(bytes, USAGE)
  if (!usage) return JSON.stringify(head)
  const written = Buffer.prototype.utf8Slice.call(bytes, usage.end, valueEnd(bytes, usage.end))
  return `${JSON.stringify(head).slice(0, -1)},"usage":${written}}`
}

function textChoices(choices: unknown, said: 'message' | 'delta'): object[] {
  const list = Array.isArray(choices) ? choices.filter(isObject) : []
  return list.map(choice => {
    const { index, finish_reason, [said]: told } = choice
    const text = isObject(told) && typeof told.content === 'string' ? told.content : ''
    return { text, index, logprobs: null, finish_reason }
  })
}
