import type { Exchange } from '../upstream/exchange'
import type { HeaderFields } from '../upstream/transport'
import type { Adapter } from '../vendors/adapter'
import type { UnaryAnswer } from '../wire/chat-answer'
import type { Usage } from '../wire/usage'
import { type MeteredReader, NOTHING_READ, type Reading } from './reading'
import { breakIfError, expectJson, hasRoom } from './whole-answer'

/** Reads one vendor's whole JSON answer; `opened` settles when it is there and is one. */
export class UnaryReader<W extends UnaryAnswer> implements MeteredReader {
  answer: W | undefined
  private readonly chunks: Uint8Array[] = []
  private size = 0
  private readonly exchange: Exchange
  private readonly read: (bytes: Uint8Array) => W | undefined
  private readonly usage: (answer: W, adapter: Adapter) => Usage | undefined

  constructor(exchange: Exchange, read: UnaryReader<W>['read'], usage: UnaryReader<W>['usage']) {
    this.exchange = exchange
    this.read = read
    this.usage = usage
  }

  get reading(): Reading {
    if (!this.answer) return NOTHING_READ
    const { model, finishReason, usage, texts } = this.answer
    // Written out: to copy an object first costs more than all of it.
    return {
      model,
      finishReason,
      usage: this.usage(this.answer, this.exchange.target.adapter),
      rawUsage: usage,
      isUsageFinal: true,
      bytes: this.size,
      contentEventBytes: 0,
      texts,
    }
  }

  head(headers: HeaderFields): void {
    expectJson(this.exchange, headers)
  }

  data(bytes: Uint8Array): void {
    this.size += bytes.length
    if (hasRoom(this.exchange, this.size)) this.chunks.push(bytes)
  }

  end(): void {
    const [only] = this.chunks
    const bytes = this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks)
    this.answer = this.read(bytes)
    // Without either the exchange rejects: an answer that ended before it was one.
    if (this.answer) this.exchange.open()
    else breakIfError(this.exchange, bytes)
  }

  /** Cannot happen after `open`: the answer was whole. */
  fail(): void {}
}
