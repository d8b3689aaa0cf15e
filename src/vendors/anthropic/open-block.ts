import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { citationEvent } from './citation'
import { detailOf } from './thoughts'

type Raw = Record<string, unknown>

/** How far an answer has come, over all of its blocks. */
export interface Position {
  /** Of the text so far, in UTF-16 units: where citations point to. */
  textLength: number
  /** Tool calls so far. */
  slots: number
  hasContent: boolean
}

/**
 * One content block of an answer from its start to its end. A block that holds its payload already when it starts is
 * told at once; the vendor's own tools and their results are no events.
 */
export class OpenBlock {
  private readonly block: Raw
  private readonly position: Position
  private readonly slot: number
  private readonly textStart: number
  private readonly citations: unknown[] = []
  private thinking = ''
  private signature = ''
  private hasArguments = false

  constructor(block: Raw, position: Position) {
    this.block = block
    this.position = position
    this.textStart = position.textLength
    this.slot = block.type === 'tool_use' ? position.slots++ : -1
  }

  start(): ChatEvent[] {
    const { type, id, name, input, citations } = this.block
    if (type === 'text') {
      if (Array.isArray(citations)) this.citations.push(...citations)
      return this.text(this.block.text)
    }
    if (type === 'thinking') return [...this.think(this.block.thinking), ...this.sign(this.block.signature)]
    if (type !== 'tool_use') return []
    this.position.hasContent = true
    const began: ChatEvent = {
      kind: 'tool_start',
      choice: 0,
      slot: this.slot,
      id: typeof id === 'string' && id !== '' ? id : null,
      name: typeof name === 'string' ? name : '',
    }
    const isFilled = isObject(input) && Object.keys(input).length > 0
    return [began, ...this.arguments(isFilled ? JSON.stringify(input) : '')]
  }

  delta(delta: unknown): ChatEvent[] {
    if (!isObject(delta)) return []
    switch (delta.type) {
      case 'text_delta':
        return this.text(delta.text)
      case 'thinking_delta':
        return this.think(delta.thinking)
      case 'signature_delta':
        return this.sign(delta.signature)
      case 'input_json_delta':
        return this.arguments(delta.partial_json)
      case 'citations_delta':
        this.citations.push(delta.citation)
        return []
      default:
        return []
    }
  }

  /** A call without arguments is one with an empty object; a thought is signed, and a text cited, as a whole. */
  end(): ChatEvent[] {
    const { citations, textStart, position } = this
    if (citations.length > 0)
      return citations.flatMap(citation => citationEvent(citation, textStart, position.textLength))
    if (this.block.type === 'tool_use') return this.hasArguments ? [] : this.arguments('{}')
    const { thinking, signature } = this
    const { type } = this.block
    const detail = detailOf(type === 'thinking' ? { type, thinking, signature } : this.block)
    return detail ? [{ kind: 'reasoning_detail', choice: 0, detail }] : []
  }

  private text(text: unknown): ChatEvent[] {
    if (typeof text !== 'string' || text === '') return []
    this.position.textLength += text.length
    this.position.hasContent = true
    return [{ kind: 'text', choice: 0, text }]
  }

  private think(text: unknown): ChatEvent[] {
    if (typeof text !== 'string' || text === '') return []
    this.thinking += text
    return [{ kind: 'reasoning', choice: 0, text }]
  }

  private sign(signature: unknown): [] {
    if (typeof signature === 'string') this.signature += signature
    return []
  }

  private arguments(text: unknown): ChatEvent[] {
    if (typeof text !== 'string' || text === '' || this.slot === -1) return []
    this.hasArguments = true
    return [{ kind: 'tool_arguments', choice: 0, slot: this.slot, text }]
  }
}
