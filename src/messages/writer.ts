import { type ChatEvent, CLAUDE_FORMAT, type FinishReason, type ReasoningDetail } from '../wire/chat-event'
import { type AnswerHead, headOf, toldReason } from '../wire/chunk-writer'
import type { EventWriter } from '../wire/event-writer'
import { messageEvent } from './event'
import { sealState } from './opaque-state'
import { stopReasonOf } from './stop-reason'

type OfKind<Kind extends ChatEvent['kind']> = Extract<ChatEvent, { kind: Kind }>
type BlockType = 'text' | 'thinking' | 'tool_use'

/** A call that began while another one was open: blocks of this dialect stand one behind the other. */
interface WaitingCall {
  start: OfKind<'tool_start'>
  arguments: string
}

export interface MessageWriterOptions {
  /** Until the vendor says otherwise. */
  head: AnswerHead
  newCallId: () => string
}

/**
 * Writes the events of an answer as a stream of Messages, up to its end: `message_start`, then block after block. What
 * is said of the answer as a whole (`lastDelta`) waits for the bill. One choice, since the dialect has no more.
 */
export class MessageWriter implements EventWriter {
  head: AnswerHead
  private readonly options: MessageWriterOptions
  private isStarted = false
  private index = -1
  private open: BlockType | undefined
  private openSlot = -1
  private readonly waiting = new Map<number, WaitingCall>()
  private hasCalls = false
  private refusal = ''
  private finish: OfKind<'finish'> | undefined

  constructor(options: MessageWriterOptions) {
    this.options = options
    this.head = options.head
  }

  /** The event as bytes; '' for one that callers do not see, or that they see at the end. */
  write(event: ChatEvent): string {
    if ('choice' in event && event.choice > 0) return ''
    switch (event.kind) {
      case 'start':
        if (!this.isStarted) this.head = headOf(event, this.head)
        return ''
      case 'text':
        return event.text === '' ? '' : this.into('text') + this.delta('text_delta', 'text', event.text)
      case 'reasoning':
        return event.text === ''
          ? ''
          : this.into('thinking') + this.delta('thinking_delta', 'thinking', event.text)
      case 'reasoning_detail':
        return this.detail(event.detail)
      case 'refusal':
        this.refusal += event.text
        return ''
      case 'tool_start':
        return this.toolStart(event)
      case 'tool_arguments':
        return this.toolArguments(event)
      case 'citation':
        return this.citation(event.annotation)
      case 'finish':
        return this.end(event)
      default:
        return ''
    }
  }

  /** Why it ended, as the last event but one says it. */
  lastDelta(): { stop_reason: string; stop_sequence: null; stop_details?: object } {
    const { reason = 'stop', native = null } = this.finish ?? {}
    const stop_reason = stopReasonOf(reason, native, this.hasCalls)
    if (this.refusal === '') return { stop_reason, stop_sequence: null }
    const stop_details = { type: 'refusal', category: null, explanation: this.refusal }
    return { stop_reason, stop_sequence: null, stop_details }
  }

  /** In OpenAI's words, which records are kept in. */
  reasonOf(_choice: number, reason: FinishReason): string {
    return toldReason(reason, this.hasCalls, false)
  }

  private end(event: OfKind<'finish'>): string {
    if (this.finish) return ''
    this.finish = event
    return this.begin() + this.close()
  }

  private begin(): string {
    if (this.isStarted) return ''
    this.isStarted = true
    const { id, model } = this.head
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 0, output_tokens: 0 },
    }
    return messageEvent('message_start', JSON.stringify({ type: 'message_start', message }))
  }

  /** Goes on in the open block if it is of this type, else in a new one. */
  private into(type: 'text' | 'thinking'): string {
    if (this.open === type) return ''
    const block = type === 'text' ? { type, text: '' } : { type, thinking: '', signature: '' }
    return this.openBlock(type, block)
  }

  private openBlock(type: BlockType, block: object): string {
    const before = this.begin() + this.close()
    this.open = type
    return before + this.blockStart(block)
  }

  private blockStart(block: object): string {
    this.index++
    const json = JSON.stringify({ type: 'content_block_start', index: this.index, content_block: block })
    return messageEvent('content_block_start', json)
  }

  private delta(type: string, member: string, text: string): string {
    const delta = `{"type":"${type}","${member}":${JSON.stringify(text)}}`
    return messageEvent(
      'content_block_delta',
      `{"type":"content_block_delta","index":${this.index},"delta":${delta}}`,
    )
  }

  /** Ends the open block, and then the calls that had to wait for it. */
  private close(): string {
    let written = this.open === undefined ? '' : this.blockStop()
    this.open = undefined
    for (const [slot, { start, arguments: given }] of [...this.waiting]) {
      this.waiting.delete(slot)
      written += this.blockStart(this.callBlock(start))
      written += given === '' ? '' : this.delta('input_json_delta', 'partial_json', given)
      written += this.blockStop()
    }
    return written
  }

  private blockStop(): string {
    return messageEvent('content_block_stop', `{"type":"content_block_stop","index":${this.index}}`)
  }

  /** Claude's signature ends the thought that it signs; what others want back is sealed. */
  private detail(detail: ReasoningDetail): string {
    const { format, type, signature, data } = detail
    if (format !== CLAUDE_FORMAT) return this.sealed(sealState({ detail }))
    if (type === 'reasoning.encrypted' && typeof data === 'string') return this.sealed(data)
    if (type !== 'reasoning.text' || typeof signature !== 'string') return ''
    const signed = this.into('thinking') + this.delta('signature_delta', 'signature', signature)
    return signed + this.close()
  }

  private sealed(data: string): string {
    const before = this.begin() + this.close()
    return before + this.blockStart({ type: 'redacted_thinking', data }) + this.blockStop()
  }

  private toolStart(event: OfKind<'tool_start'>): string {
    this.hasCalls = true
    const start = { ...event, id: event.id || this.options.newCallId() }
    const { signature, id, slot } = start
    const state = signature === undefined ? '' : this.sealed(sealState({ callId: id, signature }))
    if (this.open === 'tool_use') {
      this.waiting.set(slot, { start, arguments: '' })
      return state
    }
    this.openSlot = slot
    return state + this.openBlock('tool_use', this.callBlock(start))
  }

  private toolArguments({ slot, text }: OfKind<'tool_arguments'>): string {
    if (text === '') return ''
    const call = this.waiting.get(slot)
    if (call) call.arguments += text
    if (call || this.open !== 'tool_use' || slot !== this.openSlot) return ''
    return this.delta('input_json_delta', 'partial_json', text)
  }

  private callBlock({ id, name }: OfKind<'tool_start'>): object {
    return { type: 'tool_use', id, name, input: {} }
  }

  private citation(annotation: Record<string, unknown>): string {
    const page = annotation.url_citation
    if (this.open !== 'text' || typeof page !== 'object' || page === null) return ''
    const { url, title } = page as { url?: unknown; title?: unknown }
    const citation = {
      type: 'web_search_result_location',
      url,
      title: title ?? null,
      cited_text: '',
      encrypted_index: '',
    }
    const delta = JSON.stringify({ type: 'citations_delta', citation })
    const json = `{"type":"content_block_delta","index":${this.index},"delta":${delta}}`
    return messageEvent('content_block_delta', json)
  }
}
