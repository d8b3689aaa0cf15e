import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import type { StreamTranslator, VendorEvent } from '../translation'
import { finishReason } from './finish'
import { JSON_TOOL } from './json-tool'
import { sealedThought, signedThought } from './thoughts'
import { readUsage } from './usage'

type Raw = Record<string, unknown>

/** What a content block is, once it is known. */
interface Open {
  /** Of a call. */
  slot?: number
  hasArguments?: boolean
  /** A thought so far: its signature is of the whole. */
  thought?: string
}

const NO_JSON = { message: 'The vendor sent an event that is no JSON.' }

/**
 * Reads a ConverseStream. The reason of the end and the usage come in either order, and the vendor then closes: an answer
 * is whole once both are there.
 */
export class StreamReader implements StreamTranslator {
  private isStarted = false
  private isOver = false
  private slots = 0
  private readonly blocks = new Map<unknown, Open>()
  private stopReason: string | undefined
  private usage: { raw: unknown } | undefined

  push({ name, data }: VendorEvent): ChatEvent[] {
    if (this.isOver) return []
    try {
      const body: unknown = JSON.parse(data)
      return this.take(name, isObject(body) ? body : {})
    } catch {
      return this.fail(NO_JSON)
    }
  }

  /** Without its figures an answer is whole if it said why it stopped. */
  end(): ChatEvent[] {
    return this.isOver || this.stopReason === undefined ? [] : this.finish(this.stopReason)
  }

  /** One event that is parsed. */
  take(name: string | null, body: Raw): ChatEvent[] {
    if (name?.startsWith('exception/') || name?.startsWith('error/'))
      return this.fail({ ...body, __type: name.slice(name.indexOf('/') + 1) })
    switch (name) {
      case 'messageStart':
        return this.start()
      case 'contentBlockStart':
        return [...this.start(), ...this.open(body)]
      case 'contentBlockDelta':
        return [...this.start(), ...this.delta(body)]
      case 'contentBlockStop':
        return this.close(body.contentBlockIndex)
      case 'messageStop':
        this.stopReason = typeof body.stopReason === 'string' ? body.stopReason : ''
        return this.whenBoth()
      case 'metadata':
        this.usage = { raw: body.usage }
        return this.whenBoth()
      default:
        return []
    }
  }

  private start(): ChatEvent[] {
    if (this.isStarted) return []
    this.isStarted = true
    return [{ kind: 'start', id: null, model: null, createdAt: null }]
  }

  private open({ contentBlockIndex: index, start }: Raw): ChatEvent[] {
    const use = isObject(start) && isObject(start.toolUse) ? start.toolUse : undefined
    if (typeof use?.name !== 'string') return []
    // Its arguments are the answer's text.
    if (use.name === JSON_TOOL) {
      this.blocks.set(index, {})
      return []
    }
    const slot = this.slots++
    this.blocks.set(index, { slot })
    const id = typeof use.toolUseId === 'string' && use.toolUseId !== '' ? use.toolUseId : null
    return [{ kind: 'tool_start', choice: 0, slot, id, name: use.name }]
  }

  private delta({ contentBlockIndex: index, delta }: Raw): ChatEvent[] {
    if (!isObject(delta)) return []
    if (typeof delta.text === 'string') return said('text', delta.text)
    if (isObject(delta.toolUse)) return this.argumentsOf(index, delta.toolUse.input)
    return isObject(delta.reasoningContent) ? this.thought(index, delta.reasoningContent) : []
  }

  private argumentsOf(index: unknown, input: unknown): ChatEvent[] {
    const open = this.blocks.get(index)
    if (!open || typeof input !== 'string' || input === '') return []
    if (open.slot === undefined) return said('text', input)
    open.hasArguments = true
    return [{ kind: 'tool_arguments', choice: 0, slot: open.slot, text: input }]
  }

  private thought(index: unknown, { text, signature, redactedContent }: Raw): ChatEvent[] {
    const open = this.blocks.get(index) ?? {}
    this.blocks.set(index, open)
    if (typeof redactedContent === 'string')
      return [{ kind: 'reasoning_detail', choice: 0, detail: sealedThought(redactedContent) }]
    if (typeof text === 'string') {
      open.thought = (open.thought ?? '') + text
      return said('reasoning', text)
    }
    if (typeof signature !== 'string') return []
    const detail = signedThought(open.thought ?? '', signature)
    return [{ kind: 'reasoning_detail', choice: 0, detail }]
  }

  /** A call without arguments says nothing of them. */
  private close(index: unknown): ChatEvent[] {
    const open = this.blocks.get(index)
    this.blocks.delete(index)
    if (open?.slot === undefined || open.hasArguments) return []
    return [{ kind: 'tool_arguments', choice: 0, slot: open.slot, text: '{}' }]
  }

  private whenBoth(): ChatEvent[] {
    return this.stopReason === undefined || !this.usage ? [] : this.finish(this.stopReason)
  }

  private finish(native: string): ChatEvent[] {
    const unclosed = [...this.blocks.keys()].flatMap(index => this.close(index))
    const reason = finishReason(native, this.slots > 0)
    if (!reason)
      return [...unclosed, ...this.fail({ message: `The model's output cannot be used (${native}).` })]
    this.isOver = true
    const usage = readUsage(this.usage?.raw)
    return [
      ...unclosed,
      { kind: 'finish', choice: 0, reason, native },
      ...(usage ? [{ kind: 'usage' as const, usage, raw: this.usage?.raw, isFinal: true }] : []),
      { kind: 'done' },
    ]
  }

  private fail(body: unknown): ChatEvent[] {
    this.isOver = true
    return [{ kind: 'error', body }]
  }
}

function said(kind: 'text' | 'reasoning', text: string): ChatEvent[] {
  return text === '' ? [] : [{ kind, choice: 0, text }]
}
