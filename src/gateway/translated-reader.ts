import { parseJson } from '../lib/json'
import type { Exchange } from '../upstream/exchange'
import { failureOfAnswer, failureOfEvent } from '../upstream/failure'
import type { HeaderFields } from '../upstream/transport'
import { BranchFigures } from '../usage/branch-figures'
import { BRANCH_DATA, BRANCH_FAILED, readBranchFrame } from '../wire/branch-frame'
import type { UnaryAnswer } from '../wire/chat-answer'
import type { ChatEvent } from '../wire/chat-event'
import type { Completion } from '../wire/completion'
import { AnswerFault, unmetFailure } from './answer-fault'
import { type MeteredReader, NOTHING_READ, type Reading } from './reading'
import type { Translated } from './translate'
import { expectJson, hasRoom } from './whole-answer'

/** Reads one vendor's whole answer in a dialect of its own, or several of them as one; `opened` settles when it is there. */
export class TranslatedReader implements MeteredReader {
  answer: UnaryAnswer | undefined
  private readonly bodies: Uint8Array[][]
  private size = 0
  private readonly figures: BranchFigures
  private readonly exchange: Exchange
  private readonly translated: Translated
  /** Of a single answer. */
  private body: unknown
  /** The answer was read and cannot be handed on: it is billed all the same. */
  private refused: readonly string[] | undefined
  private readonly write: (events: readonly ChatEvent[]) => Completion | undefined

  /** `write` makes the caller's answer of the events; undefined if they are none. */
  constructor(exchange: Exchange, translated: Translated, write: TranslatedReader['write']) {
    this.exchange = exchange
    this.translated = translated
    this.write = write
    const branches = translated.others.length + 1
    this.bodies = Array.from({ length: branches }, () => [])
    this.figures = new BranchFigures(branches)
  }

  get reading(): Reading {
    const { answer, refused } = this
    if (!answer && !refused) return NOTHING_READ
    const { model, finishReason, texts } = answer ?? { ...NOTHING_READ, texts: () => [...(refused ?? [])] }
    const { usage, known, unknownPrompts, isFinal, raw } = this.figures
    return {
      ...NOTHING_READ,
      model,
      finishReason,
      usage,
      ...(!usage && known && { known, unknownPrompts }),
      rawUsage: raw,
      isUsageFinal: isFinal,
      bytes: this.size,
      texts,
    }
  }

  head(headers: HeaderFields): void {
    expectJson(this.exchange, headers)
  }

  data(bytes: Uint8Array): void {
    this.size += bytes.length
    if (!hasRoom(this.exchange, this.size)) return
    if (this.bodies.length === 1) this.bodies[0]?.push(bytes)
    else this.takeFrame(bytes)
  }

  end(): void {
    const events = this.bodies.flatMap((pieces, branch) => this.eventsOf(pieces, branch))
    const failed = events.find(event => event.kind === 'error')
    const { adapter, vendor } = this.exchange.target
    if (failed) {
      this.exchange.break(failureOfEvent(adapter.error(failed.body), vendor.credential))
      return
    }
    if (this.isRefused(events)) return
    this.answer = this.answerOf(events)
    // Without it the exchange rejects: an answer that ended before it was one.
    if (this.answer) this.exchange.open()
  }

  /** Cannot happen after `open`: the answer was whole. */
  fail(): void {}

  /** Whether it is an answer that cannot be used; it may be asked for once more. */
  private isRefused(events: readonly ChatEvent[]): boolean {
    const round = this.bodies.length === 1 ? this.translated.translation.again?.(this.body) : undefined
    const unmet = round ?? events.find(event => event.kind === 'unmet')
    if (!unmet) return false
    this.refused = [unmet.said]
    this.exchange.break(round ? new AnswerFault(round) : unmetFailure(unmet))
    return true
  }

  private takeFrame(frame: Uint8Array): void {
    const { branch, kind, status, bytes } = readBranchFrame(frame)
    if (kind === BRANCH_DATA) this.bodies[branch]?.push(bytes)
    if (kind !== BRANCH_FAILED) return
    const { adapter, vendor } = this.exchange.target
    const said = adapter.error(parseJson(Buffer.from(bytes).toString('utf8')))
    this.exchange.break(failureOfAnswer(status, new Headers(), said, vendor.credential))
  }

  private eventsOf(pieces: readonly Uint8Array[], branch: number): ChatEvent[] {
    const body = parseJson(Buffer.concat(pieces).toString('utf8'))
    if (body === undefined) return []
    this.body = body
    const events = this.translated.translation.answer(body)
    for (const event of events) if (event.kind === 'usage') this.figures.take(branch, event)
    if (this.bodies.length === 1) return events
    return events.map(event => ('choice' in event ? { ...event, choice: branch } : event))
  }

  private answerOf(events: readonly ChatEvent[]): UnaryAnswer | undefined {
    const completion = this.write(events)
    if (!completion) return undefined
    const { bytes, head, finishReason, texts } = completion
    return {
      bytes,
      model: head.model,
      finishReason,
      usage: this.figures.raw,
      isUsageBeside: true,
      usageSpan: undefined,
      texts: () => texts,
    }
  }
}
