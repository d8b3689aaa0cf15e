import type { ChatEvent, ReasoningDetail } from './chat-event'
import {
  type AnswerHead,
  type AnswerOptions,
  headOf,
  isChoice,
  kindOf,
  toldReason,
  unwrapped,
} from './chunk-writer'
import { extraContent } from './extra-content'

/** A translated answer as a whole: its bytes without usage, and what was read of it. */
export interface Completion {
  bytes: Uint8Array
  head: AnswerHead
  /** The last choice's. */
  finishReason: string
  /** What it says, should it have to be counted. */
  texts: string[]
}

type OfChoice = Extract<ChatEvent, { choice: number }>
type OfKind<Kind> = Extract<ChatEvent, { kind: Kind }>

/**
 * The events of a whole answer as OpenAI's `chat.completion`. Undefined if there is a choice that did not end, or none:
 * then it is no answer. Usage stands beside: whoever bills writes it.
 */
export function completionOf(events: readonly ChatEvent[], options: AnswerOptions): Completion | undefined {
  let { head } = options
  const choices: Choice[] = []
  for (const event of events) {
    if (event.kind === 'start') head = headOf(event, head)
    if (!('choice' in event) || !isChoice(event.choice)) continue
    while (choices.length <= event.choice) choices.push(new Choice(options))
    choices[event.choice]?.add(event)
  }
  if (choices.length === 0 || choices.some(choice => !choice.hasEnded)) return undefined
  const written = choices.map((choice, index) => choice.written(index))
  const { id, createdAt, model } = head
  const body = { id, object: 'chat.completion', created: createdAt, model, choices: written }
  return {
    bytes: Buffer.from(JSON.stringify(body)),
    head,
    finishReason: written.at(-1)?.finish_reason ?? 'stop',
    texts: choices.flatMap(choice => choice.texts()),
  }
}

interface Call {
  kind: ReturnType<typeof kindOf>
  id: string
  name: string
  arguments: string
  signature: string | undefined
}

class Choice {
  private text: string | null = null
  private reasoning: string | undefined
  private refusal: string | null = null
  private readonly details: ReasoningDetail[] = []
  private readonly annotations: Record<string, unknown>[] = []
  private readonly calls: Call[] = []
  private readonly extras: Partial<Record<OfKind<'extra'>['member'], unknown>> = {}
  private finish: OfKind<'finish'> | undefined
  private readonly options: AnswerOptions

  constructor(options: AnswerOptions) {
    this.options = options
  }

  get hasEnded(): boolean {
    return this.finish !== undefined
  }

  add(event: OfChoice): void {
    if (event.kind === 'text') this.text = (this.text ?? '') + event.text
    else if (event.kind === 'reasoning') this.reasoning = (this.reasoning ?? '') + event.text
    else if (event.kind === 'refusal') this.refusal = (this.refusal ?? '') + event.text
    else if (event.kind === 'reasoning_detail') this.details.push(event.detail)
    else if (event.kind === 'citation') this.annotations.push(event.annotation)
    else if (event.kind === 'extra') this.extras[event.member] = event.value
    else if (event.kind === 'finish') this.finish ??= event
    else this.addToCalls(event)
  }

  written(index: number) {
    const { finish, options, calls, extras } = this
    const reason = toldReason(finish?.reason ?? 'stop', calls.length > 0, options.usesFunctions)
    const native = finish?.native ?? null
    return {
      index,
      message: this.message(),
      logprobs: extras.logprobs ?? null,
      finish_reason: reason,
      ...(native !== null && native !== reason && { native_finish_reason: native }),
    }
  }

  texts(): string[] {
    const { text, reasoning, refusal, calls } = this
    const called = calls.flatMap(call => [call.name, call.arguments])
    return [text, reasoning, refusal, ...called].filter(said => typeof said === 'string')
  }

  private addToCalls(event: OfKind<'tool_start'> | OfKind<'tool_arguments'>): void {
    const call = this.calls[event.slot]
    if (event.kind === 'tool_arguments') {
      if (call) call.arguments += event.text
      return
    }
    const { id, name, signature } = event
    const kind = kindOf(event, this.options.customTools)
    this.calls[event.slot] = { kind, id: id || this.options.newCallId(), name, arguments: '', signature }
  }

  private message() {
    const { reasoning, details, annotations, refusal, extras } = this
    return {
      role: 'assistant',
      content: this.content(),
      refusal,
      ...(reasoning !== undefined && { reasoning_content: reasoning }),
      ...(details.length > 0 && { reasoning_details: details }),
      annotations,
      ...(extras.audio !== undefined && { audio: extras.audio }),
      ...(extras.images !== undefined && { images: extras.images }),
      ...this.called(),
    }
  }

  /** Null only where something else is said in its place. */
  private content(): string | null {
    const { text, calls, refusal } = this
    return text === null && calls.length === 0 && refusal === null ? '' : text
  }

  private called() {
    const [first] = this.calls
    if (!first) return {}
    if (this.options.usesFunctions)
      return { function_call: { name: first.name, arguments: argumentsOf(first) } }
    return { tool_calls: this.calls.map(written) }
  }
}

function written(call: Call) {
  const { id, kind, name, signature } = call
  const given = kind === 'wrapped' ? unwrapped(call.arguments) : call.arguments
  return {
    id,
    ...(kind === 'function'
      ? { type: 'function', function: { name, arguments: argumentsOf(call) } }
      : { type: 'custom', custom: { name, input: given } }),
    ...(signature !== undefined && extraContent(signature)),
  }
}

/** A call without arguments has an empty object of them. */
function argumentsOf(call: Call): string {
  return call.arguments === '' ? '{}' : call.arguments
}
