import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import type { StreamTranslator, VendorEvent } from '../translation'
import { citationOf } from './citation'
import { finishReason } from './finish'
import { readUsage } from './usage'

type Raw = Record<string, unknown>

const NO_JSON = { message: 'The vendor sent an event that is no JSON.' }
const DONE = '[DONE]'

/** Reads a stream of the v2 chat: the type of an event stands in its data; `message-end` is the last that says anything. */
export class StreamReader implements StreamTranslator {
  private isOver = false
  /** The vendor numbers calls by the order of all contents; here they count from 0. */
  private readonly slots = new Map<unknown, { slot: number; hasArguments: boolean }>()

  push({ data }: VendorEvent): ChatEvent[] {
    if (this.isOver || data === DONE) return []
    try {
      return this.take(JSON.parse(data))
    } catch {
      return this.fail(NO_JSON)
    }
  }

  /** Its last event makes an answer whole: without it the vendor broke off. */
  end(): ChatEvent[] {
    return []
  }

  private take(event: unknown): ChatEvent[] {
    if (!isObject(event)) return []
    const delta = isObject(event.delta) ? event.delta : {}
    const message = isObject(delta.message) ? delta.message : {}
    switch (event.type) {
      case 'message-start':
        return [{ kind: 'start', id: text(event.id) ?? null, model: null, createdAt: null }]
      case 'tool-plan-delta':
        return said('reasoning', message.tool_plan)
      case 'content-start':
      case 'content-delta':
        return content(message.content)
      case 'tool-call-start':
        return this.call(event.index, message.tool_calls)
      case 'tool-call-delta':
        return this.argumentsOf(event.index, message.tool_calls)
      case 'tool-call-end':
        return this.close(event.index)
      case 'citation-start':
        return citation(message.citations)
      case 'message-end':
        return this.finish(delta)
      default:
        return event.type === undefined && 'message' in event ? this.fail(event) : []
    }
  }

  private call(index: unknown, call: unknown): ChatEvent[] {
    const called = isObject(call) && isObject(call.function) ? call.function : {}
    if (!isObject(call) || typeof called.name !== 'string') return []
    const slot = this.slots.size
    this.slots.set(index, { slot, hasArguments: false })
    const start: ChatEvent = {
      kind: 'tool_start',
      choice: 0,
      slot,
      id: text(call.id) ?? null,
      name: called.name,
    }
    return [start, ...this.argumentsOf(index, call)]
  }

  private argumentsOf(index: unknown, call: unknown): ChatEvent[] {
    const open = this.slots.get(index)
    const called = isObject(call) && isObject(call.function) ? call.function : {}
    const piece = text(called.arguments)
    if (!open || piece === undefined) return []
    open.hasArguments = true
    return [{ kind: 'tool_arguments', choice: 0, slot: open.slot, text: piece }]
  }

  /** A call without arguments says nothing of them. */
  private close(index: unknown): ChatEvent[] {
    const open = this.slots.get(index)
    if (!open || open.hasArguments) return []
    open.hasArguments = true
    return [{ kind: 'tool_arguments', choice: 0, slot: open.slot, text: '{}' }]
  }

  private finish({ finish_reason, usage, error }: Raw): ChatEvent[] {
    const unclosed = [...this.slots.keys()].flatMap(index => this.close(index))
    const native = text(finish_reason) ?? ''
    const reason = finishReason(native)
    if (!reason)
      return [...unclosed, ...this.fail({ message: text(error) ?? `The vendor failed (${native}).` })]
    this.isOver = true
    const read = readUsage(usage)
    return [
      ...unclosed,
      { kind: 'finish', choice: 0, reason, native },
      ...(read ? [{ kind: 'usage' as const, usage: read, raw: usage, isFinal: true }] : []),
      { kind: 'done' },
    ]
  }

  private fail(body: unknown): ChatEvent[] {
    this.isOver = true
    return [{ kind: 'error', body }]
  }
}

function content(block: unknown): ChatEvent[] {
  if (!isObject(block)) return []
  return [...said('reasoning', block.thinking), ...said('text', block.text)]
}

function said(kind: 'text' | 'reasoning', value: unknown): ChatEvent[] {
  return typeof value === 'string' && value !== '' ? [{ kind, choice: 0, text: value }] : []
}

function citation(value: unknown): ChatEvent[] {
  const annotation = citationOf(value)
  return annotation ? [{ kind: 'citation', choice: 0, annotation }] : []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
