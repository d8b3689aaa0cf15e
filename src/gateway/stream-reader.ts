import { GatewayError } from '../errors'
import type { Exchange } from '../upstream/exchange'
import {
  failureOfAnswer,
  failureOfContent,
  failureOfEvent,
  midStreamError,
  type UpstreamFailure,
} from '../upstream/failure'
import type { HeaderFields } from '../upstream/transport'
import type { StreamMeter } from '../usage/stream-meter'
import { AnswerFault, unmetError, unmetFailure } from './answer-fault'
import type { Bill } from './bill'
import type { Call } from './call'
import type { CallerStream } from './caller-stream'
import type { Ending } from './ending'
import type { MeteredReader, Reading } from './reading'
import type { StreamDialect, Telling } from './stream-dialect'
import type { Translated } from './translate'

/**
 * Reads one vendor's stream. Until the first content nothing is handed on, so that an error may still have a
 * status of its own and another deployment may be asked; after it the vendor's bytes go to the caller as they come.
 */
export class StreamReader implements MeteredReader {
  private readonly meter: StreamMeter
  private readonly telling: Telling
  private readonly held: Uint8Array[] = []
  private caller: CallerStream | undefined
  private pause: void | Promise<void> = undefined
  /** The last events, once they are known before the caller's stream is there. */
  private ending: Ending | undefined
  /** They are on their way: what the vendor still says or does changes nothing, also while its bill is being counted. */
  private isOver = false
  private readonly call: Call
  private readonly exchange: Exchange
  private readonly dialect: StreamDialect
  private readonly isTranslated: boolean
  private readonly now: () => number

  constructor(
    call: Call,
    exchange: Exchange,
    dialect: StreamDialect,
    now: () => number,
    translated: Translated | undefined,
  ) {
    this.call = call
    this.exchange = exchange
    this.dialect = dialect
    this.now = now
    this.isTranslated = translated !== undefined
    this.telling = dialect.tell(call, exchange, translated, this)
    this.meter = this.telling.meter
  }

  /** Hands over what was held, and from then on everything as it comes. */
  pipe(caller: CallerStream): void {
    this.caller = caller
    for (const bytes of this.held) this.pause = caller.write(bytes)
    this.held.length = 0
    if (this.ending) this.finish(this.ending)
  }

  get reading(): Reading {
    const { model, finishReason, usage, rawUsage, isUsageFinal, bytes, contentEventBytes } = this.meter
    const texts = () => this.meter.texts()
    const { known, unknownPrompts = 0 } = this.meter
    const part = !usage && known && { known, unknownPrompts }
    return { model, finishReason, usage, rawUsage, isUsageFinal, bytes, contentEventBytes, texts, ...part }
  }

  head(headers: HeaderFields): void {
    const type = headers.get('content-type') ?? 'text/event-stream'
    // A translated stream may have a framing of its own, or be an error that says what it is.
    const isTaken = this.telling.takes?.(type) ?? type.includes('text/event-stream')
    if (!this.isTranslated && !isTaken)
      this.exchange.break(failureOfContent('The vendor answered a stream request with something else.'))
  }

  data(bytes: Uint8Array): void | Promise<void> {
    this.pause = undefined
    const knewContent = this.meter.hasContent
    this.meter.push(bytes)
    if (!knewContent && this.meter.hasContent) {
      this.call.firstContentAt ??= this.now()
      this.exchange.open()
    }
    if (this.meter.ended) this.conclude()
    return this.pause
  }

  end(): void {
    this.meter.end()
    this.conclude()
  }

  fail(failure: UpstreamFailure): void {
    this.finish({ outcome: 'error', status: 200, error: failure.error, reading: this.reading })
  }

  emit(bytes: Uint8Array): void {
    if (this.caller) this.pause = this.caller.write(bytes)
    else this.held.push(bytes)
  }

  /** The stream has said its last word, good or bad, or ended without one. */
  private conclude(): void {
    const { meter } = this
    const credential = this.exchange.target.vendor.credential
    const { isComplete } = meter
    const isAnswer = isComplete && meter.error === undefined && !meter.broken
    if (!meter.hasContent && !(isAnswer && !meter.again && !meter.unmet)) {
      this.exchange.break(isAnswer ? this.fault() : this.failure())
      return
    }
    this.exchange.open()
    if (meter.error !== undefined)
      this.finishWith(midStreamError(this.exchange.target.adapter.error(meter.error), credential))
    else if (meter.broken)
      this.finishWith(new GatewayError('upstream_error', 'The vendor sent an event that is not valid.'))
    else if (!isComplete) this.finishWith(new GatewayError('upstream_error', BROKEN))
    else if (meter.unmet) this.finishWith(unmetError(meter.unmet))
    else this.finish({ outcome: 'ok', status: 200, reading: this.reading })
    if (meter.done) this.exchange.linger()
    else this.exchange.abort(failureOfContent(BROKEN))
  }

  /** Why there is no content. */
  private failure(): UpstreamFailure {
    const { error, errorStatus } = this.meter
    if (error === undefined) return failureOfContent(BROKEN)
    const { adapter, vendor } = this.exchange.target
    const said = adapter.error(error)
    // One of several answers was refused before another had begun.
    if (errorStatus !== undefined) return failureOfAnswer(errorStatus, new Headers(), said, vendor.credential)
    return failureOfEvent(said, vendor.credential)
  }

  /** Why an answer that is there cannot be used. */
  private fault(): UpstreamFailure {
    const { again, unmet } = this.meter
    if (again) return new AnswerFault(again)
    return unmet ? unmetFailure(unmet) : failureOfContent(BROKEN)
  }

  private finishWith(error: GatewayError): void {
    this.finish({ outcome: 'error', status: 200, error, reading: this.reading })
  }

  /** Settles first, writes the last events when the record is safe; an error is told at once, since it promises nothing. */
  private finish(ending: Ending): void {
    const { caller, call } = this
    if (!caller) {
      this.ending ??= ending
      return
    }
    if (this.isOver || call.settled) return
    this.isOver = true
    if (ending.error) {
      void call.settle(ending)
      close(caller, this.dialect.failure(ending.error, call.requestId))
      return
    }
    call.isAnswered = true
    const bill = call.bill(this.reading)
    if (!(bill instanceof Promise)) this.deliver(caller, ending, bill)
    else
      void bill.then(
        counted => this.deliver(caller, ending, counted),
        cause => this.giveUp(caller, cause),
      )
  }

  private deliver(caller: CallerStream, ending: Ending, bill: Bill | undefined): void {
    try {
      const last = this.telling.last(bill)
      const safe = this.call.settle(ending, bill)
      const done = () => close(caller, last)
      if (safe) void safe.then(done, done)
      else done()
    } catch (cause) {
      this.giveUp(caller, cause)
    }
  }

  /** A fault of ours: nobody is left waiting. */
  private giveUp(caller: CallerStream, cause: unknown): void {
    close(caller, this.dialect.failure(this.call.failed(cause), this.call.requestId))
  }
}

function close(caller: CallerStream, last: readonly Uint8Array[]): void {
  for (const bytes of last) void caller.write(bytes)
  caller.end()
}

const BROKEN = 'The vendor ended its stream in the middle of the answer.'
