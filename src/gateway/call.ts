import type { Admission, Entry } from '../admission'
import type { Caller } from '../auth/caller'
import type { Endpoint } from '../catalog/model'
import type { GatewayError } from '../errors'
import { newId } from '../lib/id'
import type { Ticking } from '../lib/ticker'
import type { Keeping } from '../replay/keeping'
import type { Deployment } from '../routing/plan'
import type { Exchange } from '../upstream/exchange'
import { UpstreamFailure } from '../upstream/failure'
import { estimateOutput } from '../usage/estimate'
import type { UsageRecord } from '../usage/record'
import type { Place } from '../usage/recorder'
import type { Receiver } from '../wire/body'
import { readNotes } from '../wire/caller-notes'
import { emptyShape, type Shape } from '../wire/shape'
import type { Usage } from '../wire/usage'
import { type Bill, billOf } from './bill'
import type { GatewayDeps } from './deps'
import { EarlierAttempts } from './earlier-attempts'
import type { Ending } from './ending'
import { mostOfFailed } from './estimate'
import { guessOf } from './guess'
import type { Asked, Operation } from './operation'
import { type MeteredReader, NOTHING_READ, type Reading } from './reading'
import { toCallerError } from './respond'
import { MOST_NAME_CHARACTERS, usageRecordOf } from './usage-record'

/** One try at a deployment. */
export interface Try {
  deployment: Deployment
  exchange: Exchange
  reader: MeteredReader
}

/** nginx's status for a caller who left before the answer's head: no client ever sees it. */
export const CALLER_LEFT_STATUS = 499

const CHECKPOINT_MS = 1_000

/** One request from its arrival to its record. Every ending passes `settle`, and only the first one counts. */
export class Call implements Ticking, Receiver {
  readonly requestId = newId()
  readonly startedAt: number
  readonly createdAt: number
  readonly operation: Operation
  readonly endpoint: Endpoint
  caller: Caller | undefined
  /** Among those that are under way. */
  livePlace: number | undefined
  /** Held from before the body is read to the end. */
  entry: Entry | undefined
  /** Held from before a vendor is called until it is known what that cost. */
  admission: Admission | undefined
  /** Notes the answer, where it may be asked for again. */
  keeping: Keeping | undefined
  stream = false
  /** Its caller has asked that its answer be read to the end should it leave. */
  readsOn = false
  modelRequested: string | null = null
  shape: Shape = emptyShape(0)
  /** What is asked for, kept for as long as its tokens may have to be counted. */
  private asked: Asked | undefined
  firstContentAt: number | null = null
  /** Where its record will be written; undefined until it goes to a vendor. */
  private place: Place | undefined
  private checkpointAt = 0
  private checkpointBytes = 0
  /** The caller's parameters that mean nothing to the vendor that was asked last. */
  dropped: readonly string[] = []
  /** Those that its model was brought to, and by what. */
  emulated: readonly string[] = []
  /** Every call to a vendor; the last one is the answer, if there is any. */
  readonly tries: Try[] = []
  /** What those of them may be billed for that gave no answer; undefined where there is none. */
  earlier: EarlierAttempts | undefined

  /** Set once the caller has gone: the request ends as cancelled, whatever its vendor still says. */
  left: { status: number } | undefined
  /** Ends the reading of its body, where that is under way. */
  refuse: Receiver['refuse']
  /** Why no further deployment may be asked; undefined while one may. */
  stopped: UpstreamFailure | undefined
  /** Its vendor has said its last word, and what that costs is being counted: its caller may leave, and it is an answer all the same. */
  isAnswered = false
  private readonly deps: GatewayDeps
  private isSettled = false

  constructor(operation: Operation, deps: GatewayDeps) {
    this.operation = operation
    this.endpoint = operation.endpoint
    this.deps = deps
    this.startedAt = deps.clock.now()
    this.createdAt = deps.clock.date()
  }

  get settled(): boolean {
    return this.isSettled
  }

  /** Cuts the request: the vendor's connection is closed, the caller is told why, what was used is recorded. */
  cut(error: GatewayError): void {
    this.stopped ??= new UpstreamFailure(error, false)
    this.refuse?.(error)
    this.tries.at(-1)?.exchange.break(this.stopped)
  }

  /** Writes down that the request goes to this deployment. Throws `usage_store_unavailable` if that cannot be. */
  dispatch(deployment: Deployment): void {
    const { caller, asked, operation, requestId, createdAt, endpoint, stream, modelRequested, shape } = this
    if (!caller || !asked) throw new Error('dispatch: nobody is calling')
    const { vendor, model, price } = deployment
    const { tenantId, keyId } = caller
    const about = {
      requestId,
      tenantId,
      keyId,
      createdAt,
      endpoint,
      stream,
      modelRequested,
      vendor: vendor.name,
      model,
      shape,
      inputTokens: operation.guessPrompt(asked, deployment),
      besides: operation.guessBesides(asked, deployment),
      leases: this.admission?.reserved?.leases,
      earlier: this.earlier?.known,
      price,
    }
    if (this.place === undefined) this.deps.ticker.add(this)
    this.place = this.deps.recorder.dispatch(about, this.place)
    this.checkpointAt = this.deps.clock.now()
    this.checkpointBytes = 0
  }

  /** A byte of this try leaves now. Throws `usage_store_unavailable` where the kernel does not have what was written of it: it is no try then. */
  leaves(exchange: Exchange): void {
    if (!this.place) return
    try {
      this.deps.recorder.handOver(this.place)
    } catch (error) {
      if (this.tries.at(-1)?.exchange === exchange) this.tries.pop()
      throw error
    }
  }

  /** Notes how far the answer has come, soon after its first content and then once a second: what is billed if the process dies. */
  tick(now: number): void {
    // Of most calls nothing is due at most ticks: what was read of them is not asked for.
    if (this.checkpointBytes > 0 && now - this.checkpointAt < CHECKPOINT_MS) return
    const reading = this.tries.at(-1)?.reader.reading
    if (!this.place || !reading || reading.bytes === this.checkpointBytes) return
    const isFirst = this.checkpointBytes === 0 && reading.contentEventBytes > 0
    if (!isFirst && now - this.checkpointAt < CHECKPOINT_MS) return
    this.checkpointAt = now
    this.checkpointBytes = reading.bytes
    const outputTokens = estimateOutput(reading.bytes, reading.contentEventBytes)
    this.deps.recorder.checkpoint(
      { requestId: this.requestId, usage: this.believable(reading) ?? null, outputTokens },
      this.place,
    )
  }

  /** Notes what is asked for, once the body was read. */
  describe(asked: Asked): void {
    this.stream = asked.stream
    this.modelRequested = asked.model.slice(0, MOST_NAME_CHARACTERS)
    this.shape = asked.shape
    this.asked = asked
  }

  /**
   * What this reading costs at the deployment that gave it. At once by the vendor's figures; without them a promise,
   * since what was seen must be counted. Undefined where nothing was asked, or the vendor refused: that costs nothing.
   */
  bill(reading: Reading): Bill | Promise<Bill> | undefined {
    const own = this.billOfLast(reading)
    return this.earlier?.with(this.tries.at(-1), this.tries.length - 1, own) ?? own
  }

  private billOfLast(reading: Reading): Bill | Promise<Bill> | undefined {
    const deployment = this.tries.at(-1)?.deployment
    const { asked } = this
    if (!deployment || !asked || !this.reachedVendor()) return undefined
    const usage = this.believable(reading)
    if (!usage) return this.count(asked, reading, deployment)
    const source = reading.isUsageFinal ? (this.left ? 'drained' : 'vendor') : 'vendor_partial'
    try {
      return billOf(usage, source, deployment.price)
    } catch (cause) {
      return this.guess(cause, asked, reading, deployment)
    }
  }

  /** A fault of ours came between: that must not make it cost nothing. */
  private guess(cause: unknown, asked: Asked, reading: Reading, deployment: Deployment): Bill {
    toCallerError(cause, this.requestId, this.deps.log)
    return billOf(guessOf(this.operation, asked, deployment, reading), 'estimated', deployment.price)
  }

  /**
   * Whether another deployment may be asked after the last one failed: what that may be billed for is noted, and set aside
   * besides what the next may cost. A promise only where the budgets must be asked; it never rejects.
   */
  mayAskAnother(): boolean | Promise<boolean> {
    const { asked, operation } = this
    const last = this.tries.at(-1)
    const bill = this.billOfLast(this.lastReading())
    if (!bill || !asked || !last) return true
    const { deployment } = last
    const guess = billOf(guessOf(operation, asked, deployment), 'estimated', deployment.price)
    this.earlier ??= new EarlierAttempts()
    this.earlier.add(last, this.tries.length - 1, guess, bill)
    const most = () =>
      bill instanceof Promise ? mostOfFailed(operation, asked, deployment) : bill.costPicoUsd
    return this.admission?.setAside(most) ?? true
  }

  private async count(asked: Asked, reading: Reading, deployment: Deployment): Promise<Bill> {
    try {
      const { usage, source } = await this.operation.count(asked, reading, deployment, this.deps.tokenizer)
      return billOf(usage, source, deployment.price)
    } catch (cause) {
      return this.guess(cause, asked, reading, deployment)
    }
  }

  /** The vendor's figures, unless the model that was asked cannot have used so much. */
  private believable({ usage }: Reading): Usage | undefined {
    const deployment = this.tries.at(-1)?.deployment
    const { asked } = this
    return usage && deployment && asked && this.operation.isPossible(usage, asked, deployment)
      ? usage
      : undefined
  }

  /**
   * Ends the request, once: gives back what it holds and records it. The promise, if there is one, is the record's
   * safety. A caller who has gone makes it `cancelled`, whatever else is said.
   */
  settle(said: Ending, known?: Bill): void | Promise<void> {
    if (this.isSettled) return
    this.isSettled = true
    this.entry?.release()
    this.keeping?.settled(said.outcome === 'ok')
    const { caller } = this
    if (!caller) return this.forget()
    const ending = this.left
      ? { ...said, outcome: 'cancelled' as const, status: this.left.status, error: undefined }
      : said
    const endedAt = this.deps.clock.now()
    const bill = known ?? this.bill(ending.reading ?? this.lastReading())
    if (bill instanceof Promise)
      return bill.then(counted => this.keep(this.record(caller, ending, counted, endedAt)))
    return this.keep(this.record(caller, ending, bill, endedAt))
  }

  /** A fault of ours came between, behind a 200: it is logged and recorded. What the caller is told of it. */
  failed(cause: unknown): GatewayError {
    const error = toCallerError(cause, this.requestId, this.deps.log)
    void this.settle({ outcome: 'error', status: 200, error })
    return error
  }

  private lastReading(): Reading {
    return this.tries.at(-1)?.reader.reading ?? NOTHING_READ
  }

  private keep(record: UsageRecord): void | Promise<void> {
    this.forget()
    const { usage } = record
    this.entry?.hold?.correct(usage ? usage.inputTokens + usage.outputTokens : 0)
    this.admission?.settle(record.costPicoUsd)
    return this.deps.recorder.record(record, this.place)
  }

  private forget(): void {
    this.deps.live.delete(this, this.livePlace)
    this.deps.ticker.delete(this)
    this.asked?.upload?.close()
    this.asked = undefined
  }

  private record(caller: Caller, ending: Ending, bill: Bill | undefined, now: number): UsageRecord {
    const notes = this.deps.keepsNotes && this.asked?.notes ? readNotes(this.asked.notes) : undefined
    return usageRecordOf(this, caller, ending, bill, notes, now)
  }

  /** A vendor that refused, or that was never reached, bills nothing; one that was asked and broke off may. Told once. */
  private reachedVendor(): boolean {
    const exchange = this.tries.at(-1)?.exchange
    if (!exchange || this.earlier?.has(this.tries.length - 1)) return false
    return exchange.status === null
      ? exchange.dialled && exchange.isSent
      : exchange.status >= 200 && exchange.status < 300
  }
}
