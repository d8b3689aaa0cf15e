import { isObject } from '../../lib/object'
import type { ChatEvent, ReasoningDetail } from '../../wire/chat-event'
import { Calls } from './calls'
import { finishEvent } from './finish'

type Raw = Record<string, unknown>

/** One choice of an answer, as its deltas or its whole message say it. */
export class Choice {
  isFinished = false
  private readonly index: number
  private readonly calls: Calls

  constructor(index: number) {
    this.index = index
    this.calls = new Calls(index)
  }

  /** `delta` is a chunk's, or an answer's message. */
  add(choice: Raw, delta: Raw): ChatEvent[] {
    const events: ChatEvent[] = []
    this.addThought(events, delta)
    this.addContent(events, delta.content)
    this.addText(events, 'refusal', delta.refusal)
    for (const call of listOf(delta.tool_calls)) events.push(...this.calls.add(call))
    if (isObject(delta.function_call))
      events.push(...this.calls.add({ index: 0, function: delta.function_call }))
    this.addExtras(events, choice, delta)
    const reason = choice.finish_reason
    if (typeof reason === 'string' && reason !== '') {
      this.isFinished = true
      // OpenRouter tells its vendor's own word as well.
      events.push(finishEvent(this.index, reason, choice.native_finish_reason))
    }
    return events
  }

  /** The first of its names that says something: some servers say it under two. */
  private addThought(events: ChatEvent[], delta: Raw): void {
    const details = listOf(delta.reasoning_details).filter(isDetail)
    const said =
      [delta.reasoning_content, delta.reasoning, delta.reasoning_text].find(isText) ??
      details.map(({ text, summary }) => (isText(text) ? text : isText(summary) ? summary : '')).join('')
    this.addText(events, 'reasoning', said)
    for (const detail of details) events.push({ kind: 'reasoning_detail', choice: this.index, detail })
  }

  /** Mistral's content may be a list of texts and thoughts. */
  private addContent(events: ChatEvent[], content: unknown): void {
    if (!Array.isArray(content)) {
      this.addText(events, 'text', content)
      return
    }
    for (const part of content.filter(isObject)) {
      if (part.type === 'thinking')
        for (const thought of listOf(part.thinking)) this.addText(events, 'reasoning', textOf(thought))
      else this.addText(events, 'text', textOf(part))
    }
  }

  private addText(events: ChatEvent[], kind: 'text' | 'reasoning' | 'refusal', text: unknown): void {
    if (isText(text)) events.push({ kind, choice: this.index, text })
  }

  private addExtras(events: ChatEvent[], choice: Raw, delta: Raw): void {
    const { index } = this
    for (const annotation of listOf(delta.annotations).filter(isObject))
      events.push({ kind: 'citation', choice: index, annotation })
    if (isObject(choice.logprobs))
      events.push({ kind: 'extra', choice: index, member: 'logprobs', value: choice.logprobs })
    for (const member of ['audio', 'images'] as const)
      if (delta[member]) events.push({ kind: 'extra', choice: index, member, value: delta[member] })
  }
}

function textOf(part: unknown): unknown {
  return isObject(part) ? part.text : part
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isDetail(value: unknown): value is ReasoningDetail {
  return isObject(value) && typeof value.type === 'string'
}
