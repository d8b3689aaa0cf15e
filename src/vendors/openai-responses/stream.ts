import { isObject } from '../../lib/object'
import { textIn } from '../../lib/text'
import type { ChatEvent } from '../../wire/chat-event'
import type { StreamTranslator, VendorEvent } from '../translation'
import { endEvents } from './end'
import { REASONING_FORMAT } from './input'

type Raw = Record<string, unknown>

const NO_JSON = { error: { message: 'The vendor sent an event that is no JSON.' } }

/** A call under way, by its place in the output. */
interface Call {
  slot: number
  hasArguments: boolean
}

/** Reads the typed events of a response. What is told twice (`….done` after its deltas) is read once. */
export class StreamReader implements StreamTranslator {
  private isStarted = false
  private isOver = false
  private readonly calls = new Map<unknown, Call>()

  push({ data }: VendorEvent): ChatEvent[] {
    if (this.isOver) return []
    try {
      return this.take(JSON.parse(data))
    } catch {
      return this.fail(NO_JSON)
    }
  }

  /** Its last event makes a response whole: without it the vendor broke off. */
  end(): ChatEvent[] {
    return []
  }

  /** One event that is parsed. */
  take(event: unknown): ChatEvent[] {
    if (this.isOver || !isObject(event)) return []
    switch (event.type) {
      case 'response.created':
        return this.start(event.response)
      case 'response.output_item.added':
        return this.open(event.output_index, event.item)
      case 'response.output_item.done':
        return this.close(event.output_index, event.item)
      case 'response.output_text.delta':
        return [...said('text', event.delta), ...logprobs(event.logprobs)]
      case 'response.refusal.delta':
        return said('refusal', event.delta)
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return said('reasoning', event.delta)
      case 'response.reasoning_summary_part.added':
        return numberOf(event.summary_index) > 0 ? said('reasoning', '\n\n') : []
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return this.argumentsOf(event.output_index, event.delta)
      case 'response.output_text.annotation.added':
        return citation(event.annotation)
      case 'response.completed':
      case 'response.incomplete':
        return this.finish(event.response)
      case 'response.failed':
      case 'error':
        return this.fail(failureIn(event))
      default:
        return []
    }
  }

  private start(response: unknown): ChatEvent[] {
    if (this.isStarted || !isObject(response)) return []
    this.isStarted = true
    const { id, model, created_at: created } = response
    const createdAt = typeof created === 'number' ? Math.floor(created) : null
    return [{ kind: 'start', id: textIn(id), model: textIn(model), createdAt }]
  }

  private open(index: unknown, item: unknown): ChatEvent[] {
    if (!isObject(item) || (item.type !== 'function_call' && item.type !== 'custom_tool_call')) return []
    const name = textIn(item.name)
    if (name === null || this.calls.has(index)) return []
    const slot = this.calls.size
    this.calls.set(index, { slot, hasArguments: false })
    const isCustom = item.type === 'custom_tool_call' ? { isCustom: true as const } : {}
    return [{ kind: 'tool_start', choice: 0, slot, id: textIn(item.call_id), name, ...isCustom }]
  }

  private argumentsOf(index: unknown, delta: unknown): ChatEvent[] {
    const call = this.calls.get(index)
    if (!call || typeof delta !== 'string' || delta === '') return []
    call.hasArguments = true
    return [{ kind: 'tool_arguments', choice: 0, slot: call.slot, text: delta }]
  }

  /** What came whole, without deltas, is told now; a thought's seal is told with its end. */
  private close(index: unknown, item: unknown): ChatEvent[] {
    if (!isObject(item)) return []
    if (item.type === 'reasoning') return sealed(item)
    const opened = this.open(index, item)
    const call = this.calls.get(index)
    if (!call || call.hasArguments) return opened
    const whole = item.type === 'custom_tool_call' ? item.input : item.arguments || '{}'
    return [...opened, ...this.argumentsOf(index, whole)]
  }

  private finish(response: unknown): ChatEvent[] {
    this.isOver = true
    return endEvents(isObject(response) ? response : {}, this.calls.size > 0)
  }

  private fail(body: unknown): ChatEvent[] {
    this.isOver = true
    return [{ kind: 'error', body }]
  }
}

function sealed({ id, encrypted_content: data }: Raw): ChatEvent[] {
  if (typeof data !== 'string' || data === '') return []
  const detail = { type: 'reasoning.encrypted', format: REASONING_FORMAT, id, data, index: 0 }
  return [{ kind: 'reasoning_detail', choice: 0, detail }]
}

function said(kind: 'text' | 'reasoning' | 'refusal', value: unknown): ChatEvent[] {
  return typeof value === 'string' && value !== '' ? [{ kind, choice: 0, text: value }] : []
}

function logprobs(value: unknown): ChatEvent[] {
  if (!Array.isArray(value) || value.length === 0) return []
  return [{ kind: 'extra', choice: 0, member: 'logprobs', value: { content: value, refusal: null } }]
}

/** Here an annotation's members stand in it, in Chat Completions in one of its own. */
function citation(annotation: unknown): ChatEvent[] {
  if (!isObject(annotation) || annotation.type !== 'url_citation') return []
  const { type, ...url_citation } = annotation
  return [{ kind: 'citation', choice: 0, annotation: { type, url_citation } }]
}

/** The response that failed tells why in its `error`; an event may be the error itself. */
function failureIn(event: Raw): unknown {
  if (isObject(event.response)) return { error: event.response.error }
  return isObject(event.error) ? { error: event.error } : { error: event }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
