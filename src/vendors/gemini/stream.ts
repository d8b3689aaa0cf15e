import { isObject } from '../../lib/object'
import { textIn } from '../../lib/text'
import type { ChatEvent } from '../../wire/chat-event'
import type { Usage } from '../../wire/usage'
import type { StreamTranslator, VendorEvent } from '../translation'
import { Candidate } from './candidate'
import { readUsage } from './usage'

type Raw = Record<string, unknown>

const NO_JSON = { error: { status: 'INTERNAL', message: 'The vendor sent an event that is no JSON.' } }

/**
 * Reads a stream of `GenerateContentResponse`s. Each tells the usage so far; there is no last event: an answer is whole
 * once every candidate has said why it ended and the vendor has closed.
 */
export class StreamReader implements StreamTranslator {
  private isStarted = false
  private isOver = false
  private usage: { usage: Usage; raw: unknown } | undefined
  private blockReason: string | undefined
  private readonly candidates = new Map<number, Candidate>()

  push({ data }: VendorEvent): ChatEvent[] {
    if (this.isOver) return []
    try {
      return this.take(JSON.parse(data))
    } catch {
      return this.fail(NO_JSON)
    }
  }

  end(): ChatEvent[] {
    if (this.isOver) return []
    const isWhole =
      this.candidates.size > 0 && [...this.candidates.values()].every(({ isFinished }) => isFinished)
    if (!isWhole && this.blockReason === undefined) return []
    this.isOver = true
    return [...this.blocked(), ...this.lastUsage(), { kind: 'done' }]
  }

  /** One response that is parsed. */
  take(response: unknown): ChatEvent[] {
    if (!isObject(response)) return []
    if (response.error !== undefined) return this.fail(response)
    const events = this.start(response)
    for (const candidate of Array.isArray(response.candidates) ? response.candidates : [])
      if (isObject(candidate)) events.push(...this.candidate(candidate))
    const { promptFeedback, usageMetadata } = response
    if (isObject(promptFeedback) && typeof promptFeedback.blockReason === 'string')
      this.blockReason = promptFeedback.blockReason
    const usage = readUsage(usageMetadata)
    if (usage) {
      this.usage = { usage, raw: usageMetadata }
      events.push({ kind: 'usage', usage, raw: usageMetadata, isFinal: false })
    }
    if (events.some(({ kind }) => kind === 'error')) this.isOver = true
    return events
  }

  private start({ responseId, modelVersion }: Raw): ChatEvent[] {
    if (this.isStarted) return []
    this.isStarted = true
    return [{ kind: 'start', id: textIn(responseId), model: textIn(modelVersion), createdAt: null }]
  }

  private candidate(raw: Raw): ChatEvent[] {
    const index =
      typeof raw.index === 'number' && Number.isInteger(raw.index) && raw.index >= 0 ? raw.index : 0
    const candidate = this.candidates.get(index) ?? new Candidate(index)
    this.candidates.set(index, candidate)
    return candidate.isFinished ? [] : candidate.take(raw)
  }

  /** The prompt was refused: an answer without a word. */
  private blocked(): ChatEvent[] {
    if (this.blockReason === undefined || this.candidates.size > 0) return []
    return [{ kind: 'finish', choice: 0, reason: 'content_filter', native: this.blockReason }]
  }

  private lastUsage(): ChatEvent[] {
    return this.usage ? [{ kind: 'usage', ...this.usage, isFinal: true }] : []
  }

  private fail(body: unknown): ChatEvent[] {
    this.isOver = true
    return [{ kind: 'error', body }]
  }
}
