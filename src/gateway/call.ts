import type { Admission } from '../admission'
import type { Caller } from '../auth/caller'
import { cost } from '../catalog/cost'
import type { Endpoint } from '../catalog/model'
import type { GatewayError } from '../errors'
import { newId } from '../lib/id'
import type { Deployment } from '../routing/plan'
import type { Exchange, Reader } from '../upstream/exchange'
import { UpstreamFailure } from '../upstream/failure'
import { estimateUsage } from '../usage/estimate'
import type { Attempt, Outcome, UsageRecord } from '../usage/record'
import type { ChatRequest } from '../wire/chat-request'
import { emptyShape, type Shape } from '../wire/shape'
import type { Usage, UsageSource } from '../wire/usage'
import type { GatewayDeps } from './deps'

/** What a vendor's answer told about itself by the time it ended. */
export interface Reading {
  model: string | undefined
  finishReason: string | null
  usage: Usage | undefined
  bytes: number
  contentEventBytes: number
}

/** How a request ended: said once, by whoever saw the end first. */
export interface Ending {
  outcome: Outcome
  status: number
  error?: GatewayError
  reading?: Reading
}

/** What a request used and costs, as it is billed. */
export interface Bill {
  usage: Usage
  source: UsageSource
  costPicoUsd: bigint
}

/** A reader that can say at any moment what it has read. */
export interface MeteredReader extends Reader {
  readonly reading: Reading
}

/** One try at a deployment. */
export interface Try {
  deployment: Deployment
  exchange: Exchange
  reader: MeteredReader
}

/** nginx's status for a caller who left before the answer's head: no client ever sees it. */
export const CALLER_LEFT_STATUS = 499

/** A longer name is no model's; the record need not hold all of it. */
const MOST_MODEL_CHARACTERS = 256

/** One request from its arrival to its record. Every ending passes `settle`, and only the first one counts. */
export class Call {
  readonly requestId = newId()
  readonly startedAt: number
  readonly createdAt: number
  readonly endpoint: Endpoint
  caller: Caller | undefined
  admission: Admission | undefined
  stream = false
  modelRequested: string | null = null
  shape: Shape = emptyShape(0)
  firstContentAt: number | null = null
  /** Every call to a vendor; the last one is the answer, if there is any. */
  readonly tries: Try[] = []

  /** Why no further deployment may be asked; undefined while one may. */
  stopped: UpstreamFailure | undefined
  private readonly deps: GatewayDeps
  private isSettled = false

  constructor(endpoint: Endpoint, deps: GatewayDeps) {
    this.endpoint = endpoint
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
    this.tries.at(-1)?.exchange.break(this.stopped)
  }

  /** Notes what is asked for, once the body was read. */
  describe(chat: ChatRequest): void {
    this.stream = chat.stream
    this.modelRequested = chat.model.slice(0, MOST_MODEL_CHARACTERS)
    this.shape = chat.shape
  }

  /** What this reading costs at the deployment that gave it: the vendor's figures, or an estimate that says so. */
  bill(reading: Reading): Bill {
    const usage =
      reading.usage ?? estimateUsage(this.shape.requestBytes, reading.bytes, reading.contentEventBytes)
    const price = this.tries.at(-1)?.deployment.price
    const costPicoUsd = price ? cost(usage, price).totalPicoUsd : 0n
    return { usage, source: reading.usage ? 'vendor' : 'estimated', costPicoUsd }
  }

  /** Ends the request: gives back what it holds and records it. The promise, if there is one, is the record's safety. */
  settle(ending: Ending, bill?: Bill): void | Promise<void> {
    if (this.isSettled) return
    this.isSettled = true
    this.deps.live.delete(this)
    this.admission?.release()
    if (this.caller) return this.deps.recorder.record(this.record(this.caller, ending, bill))
  }

  private record(caller: Caller, ending: Ending, bill: Bill | undefined): UsageRecord {
    const last = this.tries.at(-1)
    const billed = bill ?? (this.reachedVendor() ? this.bill(ending.reading ?? NOTHING_READ) : undefined)
    const now = this.deps.clock.now()
    const vendorMs = this.tries.reduce(
      (sum, { exchange }) => sum + (exchange.endedAt ?? now) - exchange.startedAt,
      0,
    )
    return {
      requestId: this.requestId,
      tenantId: caller.tenantId,
      keyId: caller.keyId,
      createdAt: this.createdAt,
      endpoint: this.endpoint,
      stream: this.stream,
      modelRequested: this.modelRequested,
      model: ending.reading?.model ?? last?.deployment.model ?? null,
      vendor: last?.deployment.vendor.name ?? null,
      shape: this.shape,
      status: ending.status,
      outcome: ending.outcome,
      errorCode: ending.error?.code ?? null,
      finishReason: ending.reading?.finishReason ?? null,
      usage: billed?.usage ?? null,
      usageSource: billed?.source ?? null,
      costPicoUsd: billed?.costPicoUsd ?? 0n,
      priceVersion: billed ? (last?.deployment.price.version ?? null) : null,
      ttftMs: this.firstContentAt === null ? null : this.firstContentAt - this.startedAt,
      durationMs: now - this.startedAt,
      overheadMs: Math.max(0, now - this.startedAt - vendorMs),
      attempts: this.tries.map(({ deployment, exchange }) => attemptOf(deployment, exchange, now)),
    }
  }

  /** A vendor that refused, or that was never reached, bills nothing; one that was asked and broke off may. */
  private reachedVendor(): boolean {
    const exchange = this.tries.at(-1)?.exchange
    if (!exchange) return false
    return exchange.status === null ? exchange.dialled : exchange.status >= 200 && exchange.status < 300
  }
}

export const NOTHING_READ: Reading = {
  model: undefined,
  finishReason: null,
  usage: undefined,
  bytes: 0,
  contentEventBytes: 0,
}

function attemptOf(deployment: Deployment, exchange: Exchange, now: number): Attempt {
  return {
    vendor: deployment.vendor.name,
    model: deployment.model,
    status: exchange.status,
    durationMs: (exchange.endedAt ?? now) - exchange.startedAt,
    vendorRequestId: exchange.vendorRequestId,
  }
}
