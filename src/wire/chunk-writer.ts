import type { ChatEvent, FinishReason } from './chat-event'
import type { EventWriter } from './event-writer'
import { extraContent } from './extra-content'

/** What an answer says about itself. */
export interface AnswerHead {
  id: string
  /** In seconds since 1970. */
  createdAt: number
  model: string
}

export interface AnswerOptions {
  /** Until the vendor says otherwise. */
  head: AnswerHead
  /** Calls are told as the deprecated `function_call`. */
  usesFunctions: boolean
  /** The caller's tools that take any text. A vendor without them calls one with an object whose `input` is the text. */
  customTools: ReadonlySet<string>
  /** An id for a call that the vendor gave none. */
  newCallId: () => string
}

interface Call {
  kind: 'function' | 'custom' | 'wrapped'
  /** Whether any of its arguments were told. */
  isTold: boolean
  /** A custom tool's text in its wrapping: nothing of it is told before all of it is there. */
  held: string
}

/** What has been said of one choice. */
interface Choice {
  /** By slot. */
  calls: Call[]
  isFinished: boolean
  /** What stands before and after the text of a delta of this choice: nearly every chunk is one. */
  textStart: string
}

/**
 * Writes the events of a translated answer as OpenAI's chunks: one role, name and id each, `id`, `created` and `model`
 * the same on all of them, slots and finish reasons in OpenAI's terms. Usage, errors and `[DONE]` are not its business.
 */
export class ChunkWriter implements EventWriter {
  /** What the chunks say of the answer. */
  head: AnswerHead
  private readonly options: AnswerOptions
  private readonly choices: Choice[] = []
  private readonly tail: string
  private start: string | undefined

  /** With `includeUsage` each chunk has `"usage":null`, as callers get it who asked for usage. */
  constructor(options: AnswerOptions, includeUsage: boolean) {
    this.options = options
    this.head = options.head
    this.tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n'
  }

  /** The event as chunks; '' for one that callers do not see. */
  write(event: ChatEvent): string {
    if ('choice' in event && !isChoice(event.choice)) return ''
    switch (event.kind) {
      case 'text':
        return event.text === '' ? '' : this.text(event.choice, event.text)
      case 'tool_arguments':
        return this.toolArguments(event)
      case 'start':
        return this.begin(event)
      case 'reasoning':
        return this.textMember(event.choice, 'reasoning_content', event.text)
      case 'refusal':
        return this.textMember(event.choice, 'refusal', event.text)
      case 'reasoning_detail':
        return this.listMember(event.choice, 'reasoning_details', event.detail)
      case 'citation':
        return this.listMember(event.choice, 'annotations', event.annotation)
      case 'tool_start':
        return this.toolStart(event)
      case 'extra':
        return this.extra(event)
      case 'finish':
        return this.finish(event.choice, event.reason, event.native)
      default:
        return ''
    }
  }

  /** Why a choice ended, as its last chunk says it. */
  reasonOf(choice: number, reason: FinishReason): string {
    return toldReason(reason, (this.choices[choice]?.calls.length ?? 0) > 0, this.options.usesFunctions)
  }

  /** The vendor's own names, unless chunks have gone out already. */
  private begin(start: Extract<ChatEvent, { kind: 'start' }>): string {
    if (this.start === undefined) this.head = headOf(start, this.head)
    return ''
  }

  private text(choice: number, text: string): string {
    const opened = this.open(choice, '""')
    const { textStart } = this.choices[choice] as Choice
    return `${opened}${textStart}${JSON.stringify(text)}},"finish_reason":null}${this.tail}`
  }

  private textMember(choice: number, name: 'reasoning_content' | 'refusal', text: string): string {
    if (text === '') return ''
    return this.open(choice, 'null') + this.delta(choice, `"${name}":${JSON.stringify(text)}`)
  }

  private listMember(choice: number, name: string, entry: object): string {
    return this.open(choice, 'null') + this.delta(choice, `"${name}":[${JSON.stringify(entry)}]`)
  }

  private extra({ choice, member, value }: Extract<ChatEvent, { kind: 'extra' }>): string {
    const json = JSON.stringify(value)
    if (member !== 'logprobs') return this.open(choice, 'null') + this.delta(choice, `"${member}":${json}`)
    return `${this.open(choice, '""')}${this.choiceStart(choice)}},"logprobs":${json},"finish_reason":null}${this.tail}`
  }

  private toolStart(event: Extract<ChatEvent, { kind: 'tool_start' }>): string {
    const { choice, slot, name, signature } = event
    const opened = this.open(choice, 'null')
    const state = this.choices[choice] as Choice
    const kind = kindOf(event, this.options.customTools)
    state.calls[slot] = { kind, isTold: false, held: '' }
    if (kind !== 'function') return opened + this.toolDelta(choice, slot, customStart(event, this.options))
    const called = `{"name":${JSON.stringify(name)},"arguments":""}`
    if (this.options.usesFunctions)
      return slot === 0 ? opened + this.delta(choice, `"function_call":${called}`) : opened
    const id = JSON.stringify(event.id || this.options.newCallId())
    return (
      opened +
      this.toolDelta(
        choice,
        slot,
        `"id":${id},"type":"function","function":${called}${stateMember(signature)}`,
      )
    )
  }

  private toolArguments({ choice, slot, text }: Extract<ChatEvent, { kind: 'tool_arguments' }>): string {
    if (text === '') return ''
    const call = this.choices[choice]?.calls[slot]
    if (!call) return ''
    call.isTold = true
    if (call.kind === 'wrapped') {
      call.held += text
      return ''
    }
    const json = JSON.stringify(text)
    if (call.kind === 'custom') return this.toolDelta(choice, slot, `"custom":{"input":${json}}`)
    if (this.options.usesFunctions)
      return slot === 0 ? this.delta(choice, `"function_call":{"arguments":${json}}`) : ''
    return this.toolDelta(choice, slot, `"function":{"arguments":${json}}`)
  }

  private toolDelta(choice: number, slot: number, members: string): string {
    return this.delta(choice, `"tool_calls":[{"index":${slot},${members}}]`)
  }

  /** Once a choice: two ends are two answers to some clients. */
  private finish(choice: number, reason: FinishReason, native: string | null): string {
    const opened = this.open(choice, 'null')
    const state = this.choices[choice] as Choice
    if (state.isFinished) return ''
    const rest = state.calls.map((call, slot) => this.restOf(call, choice, slot))
    state.isFinished = true
    const told = this.reasonOf(choice, reason)
    const own = native === null || native === told ? '' : `,"native_finish_reason":${JSON.stringify(native)}`
    return `${opened}${rest.join('')}${this.choiceStart(choice)}},"finish_reason":"${told}"${own}}${this.tail}`
  }

  /** A custom tool's text out of its wrapping; a call without arguments has an empty object of them. */
  private restOf(call: Call, choice: number, slot: number): string {
    if (call.kind === 'wrapped')
      return this.toolDelta(choice, slot, `"custom":{"input":${JSON.stringify(unwrapped(call.held))}}`)
    if (call.isTold || call.kind === 'custom') return ''
    return this.toolArguments({ kind: 'tool_arguments', choice, slot, text: '{}' })
  }

  private delta(choice: number, members: string): string {
    return `${this.choiceStart(choice)}${members}},"finish_reason":null}${this.tail}`
  }

  /** The role of every choice up to this one, where it has not been said: clients count them from 0 on. */
  private open(choice: number, content: '""' | 'null'): string {
    let opened = ''
    while (this.choices.length <= choice) {
      const index = this.choices.length
      this.choices.push({
        calls: [],
        isFinished: false,
        textStart: `${this.choiceStart(index)}"content":`,
      })
      opened += this.delta(index, `"role":"assistant","content":${content},"refusal":null`)
    }
    return opened
  }

  private choiceStart(choice: number): string {
    this.start ??= startOf(this.head)
    return `${this.start}${choice},"delta":{`
  }
}

/** As many answers as OpenAI gives to one request. */
const MOST_CHOICES = 128

/** Whether a vendor's number of an answer can be one: nobody asked for others. */
export function isChoice(index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < MOST_CHOICES
}

/** What the vendor says of its answer, over what was known before. */
export function headOf(start: Extract<ChatEvent, { kind: 'start' }>, head: AnswerHead): AnswerHead {
  return {
    id: start.id || head.id,
    model: start.model || head.model,
    createdAt: start.createdAt ?? head.createdAt,
  }
}

/** An answer that calls tools ends for them, whatever the vendor calls that, and no other one does. */
export function toldReason(reason: FinishReason, hasCalls: boolean, usesFunctions: boolean): string {
  if (reason !== 'stop' && reason !== 'tool_calls') return reason
  if (!hasCalls) return 'stop'
  return usesFunctions ? 'function_call' : 'tool_calls'
}

type ToolStart = Extract<ChatEvent, { kind: 'tool_start' }>

/** A caller's custom tool is called as one, whether its vendor knows such tools or not. */
export function kindOf({ name, isCustom }: ToolStart, customTools: ReadonlySet<string>): Call['kind'] {
  if (isCustom) return 'custom'
  return customTools.has(name) ? 'wrapped' : 'function'
}

/** What a vendor without custom tools gave one: an object whose `input` is the text, or whatever it said instead. */
export function unwrapped(given: string): string {
  try {
    const { input } = JSON.parse(given) as { input?: unknown }
    return typeof input === 'string' ? input : given
  } catch {
    return given
  }
}

function customStart({ id, name, signature }: ToolStart, { newCallId }: AnswerOptions): string {
  const custom = `{"name":${JSON.stringify(name)},"input":""}`
  return `"id":${JSON.stringify(id || newCallId())},"type":"custom","custom":${custom}${stateMember(signature)}`
}

function startOf({ id, createdAt, model }: AnswerHead): string {
  const head = `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${createdAt},"model":${JSON.stringify(model)}`
  return `data: ${head},"choices":[{"index":`
}

function stateMember(signature: string | undefined): string {
  return signature === undefined ? '' : `,${JSON.stringify(extraContent(signature)).slice(1, -1)}`
}
