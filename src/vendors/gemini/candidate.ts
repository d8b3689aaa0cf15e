import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { SIGNATURE_FORMAT } from './contents'
import { finishReason } from './finish'
import { logprobsOf } from './logprobs'
import { PartialArguments } from './partial-arguments'

type Raw = Record<string, unknown>

const MALFORMED = (native: string) => ({
  error: { status: 'INTERNAL', message: `The model's output cannot be used (${native}).` },
})

/** Reads one answer of a `generateContent`, chunk by chunk. */
export class Candidate {
  private slots = 0
  private hasContent = false
  /** A call whose arguments come in pieces. */
  private open: { slot: number; pieces: PartialArguments } | undefined
  private readonly choice: number

  constructor(choice: number) {
    this.choice = choice
  }

  /** Whether it has said its last word. */
  isFinished = false

  take({ content, finishReason: native, logprobsResult, groundingMetadata }: Raw): ChatEvent[] {
    const parts = isObject(content) && Array.isArray(content.parts) ? content.parts.filter(isObject) : []
    const events = parts.flatMap(part => this.part(part))
    const logprobs = logprobsOf(logprobsResult)
    if (logprobs) events.push({ kind: 'extra', choice: this.choice, member: 'logprobs', value: logprobs })
    events.push(...this.citations(groundingMetadata))
    if (typeof native === 'string' && native !== 'FINISH_REASON_UNSPECIFIED')
      events.push(...this.finish(native))
    return events
  }

  private part(part: Raw): ChatEvent[] {
    const { choice } = this
    if (isObject(part.functionCall)) return this.call(part.functionCall, part.thoughtSignature)
    const events: ChatEvent[] = []
    if (typeof part.text === 'string' && part.text !== '') {
      const kind = part.thought === true ? 'reasoning' : 'text'
      if (kind === 'text') this.hasContent = true
      events.push({ kind, choice, text: part.text })
    }
    if (isObject(part.inlineData) && part.thought !== true) events.push(...this.image(part.inlineData))
    if (typeof part.thoughtSignature === 'string') events.push(this.signature(part.thoughtSignature))
    return events
  }

  private signature(data: string): ChatEvent {
    const detail = { type: 'reasoning.encrypted', data, format: SIGNATURE_FORMAT, index: 0 }
    return { kind: 'reasoning_detail', choice: this.choice, detail }
  }

  private image({ mimeType, data }: Raw): ChatEvent[] {
    if (typeof mimeType !== 'string' || typeof data !== 'string') return []
    this.hasContent = true
    const value = [{ type: 'image_url', image_url: { url: `data:${mimeType};base64,${data}` } }]
    return [{ kind: 'extra', choice: this.choice, member: 'images', value }]
  }

  private call(call: Raw, signature: unknown): ChatEvent[] {
    const pieces = Array.isArray(call.partialArgs) ? call.partialArgs : []
    if (typeof call.name !== 'string') {
      for (const piece of pieces) this.open?.pieces.add(piece)
      return call.willContinue === true ? [] : this.close()
    }
    const events = this.close()
    const slot = this.slots++
    const id = typeof call.id === 'string' && call.id !== '' ? call.id : null
    const signed = typeof signature === 'string' ? { signature } : {}
    events.push({ kind: 'tool_start', choice: this.choice, slot, id, name: call.name, ...signed })
    if (call.willContinue === true) {
      this.open = { slot, pieces: new PartialArguments() }
      for (const piece of pieces) this.open.pieces.add(piece)
      return events
    }
    return [...events, this.argumentsOf(slot, JSON.stringify(call.args ?? {}))]
  }

  private close(): ChatEvent[] {
    if (!this.open) return []
    const { slot, pieces } = this.open
    this.open = undefined
    return [this.argumentsOf(slot, pieces.json)]
  }

  private argumentsOf(slot: number, text: string): ChatEvent {
    return { kind: 'tool_arguments', choice: this.choice, slot, text }
  }

  private citations(grounding: unknown): ChatEvent[] {
    if (!isObject(grounding) || !Array.isArray(grounding.groundingChunks)) return []
    return grounding.groundingChunks.flatMap((chunk: unknown): ChatEvent[] => {
      const web = isObject(chunk) && isObject(chunk.web) ? chunk.web : undefined
      if (typeof web?.uri !== 'string') return []
      const url_citation = { url: web.uri, title: typeof web.title === 'string' ? web.title : '' }
      return [{ kind: 'citation', choice: this.choice, annotation: { type: 'url_citation', url_citation } }]
    })
  }

  private finish(native: string): ChatEvent[] {
    this.isFinished = true
    const rest = this.close()
    const reason = finishReason(native, this.slots > 0, this.hasContent)
    if (!reason) return [...rest, { kind: 'error', body: MALFORMED(native) }]
    return [...rest, { kind: 'finish', choice: this.choice, reason, native }]
  }
}
