import type { OutgoingRequest } from '../vendors/adapter'
import { BRANCH_DATA, BRANCH_END, BRANCH_FAILED, branchFrame } from '../wire/branch-frame'
import type { Connection, HeaderFields, Sink, Transport, TransportError, Via } from './transport'

/** What a refusal says; more is none. */
const MOST_ERROR_BYTES = 64 * 1024

/**
 * A transport that sends a request several times over, for a vendor that gives one answer to each, and hands the answers
 * on as one: each piece a branch frame. A refusal that comes first is the refusal of all; a later one is a frame.
 * With `firstAlone` the others go out once the first has begun to answer, so that its prompt is cached by then.
 */
export function fanOut(
  transport: Transport,
  others: readonly OutgoingRequest[],
  firstAlone: boolean,
): Transport {
  return (request, sink, via) => new FanOut(transport, [request, ...others], sink, via, firstAlone)
}

class FanOut implements Connection {
  private readonly connections: Connection[] = []
  private ended = 0
  private hasHead = false
  private isOver = false
  private readonly transport: Transport
  private readonly requests: readonly OutgoingRequest[]
  private readonly sink: Sink
  private readonly via: Via

  constructor(
    transport: Transport,
    requests: readonly OutgoingRequest[],
    sink: Sink,
    via: Via,
    firstAlone: boolean,
  ) {
    this.transport = transport
    this.requests = requests
    this.sink = sink
    this.via = via
    this.start()
    if (!firstAlone) this.startRest()
  }

  get sent(): boolean {
    return this.connections.some(({ sent }) => sent)
  }

  abort(): void {
    this.isOver = true
    for (const connection of this.connections) connection.abort()
  }

  /** The others, unless they are under way. */
  startRest(): void {
    while (!this.isOver && this.connections.length < this.requests.length) this.start()
  }

  /** Whether this is the first head; a refusal that comes first ends the others. */
  takeHead(branch: number, status: number, headers: HeaderFields): boolean {
    if (this.hasHead) return false
    this.hasHead = true
    if (!isGood(status)) this.abortOthers(branch)
    this.sink.head(status, headers)
    return true
  }

  leaves(): void {
    this.sink.leaves?.()
  }

  /** Bytes as they are, for the sink of all. */
  pass(bytes: Uint8Array): void | Promise<void> {
    if (!this.isOver) return this.sink.data(bytes)
  }

  endOf(branch: number): void {
    if (this.isOver) return
    void this.pass(branchFrame(branch, BRANCH_END))
    if (++this.ended === this.connections.length) this.finish()
  }

  finish(): void {
    if (this.isOver) return
    this.isOver = true
    this.sink.end()
  }

  fail(branch: number, error: TransportError): void {
    if (this.isOver) return
    this.abortOthers(branch)
    this.isOver = true
    this.sink.fail(error)
  }

  private start(): void {
    const branch = this.connections.length
    const request = this.requests[branch] as OutgoingRequest
    this.connections.push(this.transport(request, new BranchSink(branch, this), this.via))
  }

  private abortOthers(branch: number): void {
    this.connections.forEach((connection, index) => {
      if (index !== branch) connection.abort()
    })
  }
}

/** One answer of several. */
class BranchSink implements Sink {
  private status = 0
  /** This is the refusal of all. */
  private refuses = false
  private readonly errorBody: Uint8Array[] = []
  private errorBytes = 0
  private readonly branch: number
  private readonly all: FanOut

  constructor(branch: number, all: FanOut) {
    this.branch = branch
    this.all = all
  }

  leaves(): void {
    this.all.leaves()
  }

  head(status: number, headers: HeaderFields): void {
    this.status = status
    this.refuses = this.all.takeHead(this.branch, status, headers) && !isGood(status)
  }

  data(bytes: Uint8Array): void | Promise<void> {
    if (this.refuses) return this.all.pass(bytes)
    if (!isGood(this.status)) return this.keepError(bytes)
    const pause = this.all.pass(branchFrame(this.branch, BRANCH_DATA, bytes))
    this.all.startRest()
    return pause
  }

  end(): void {
    if (this.refuses) {
      this.all.finish()
      return
    }
    if (!isGood(this.status))
      void this.all.pass(branchFrame(this.branch, BRANCH_FAILED, Buffer.concat(this.errorBody), this.status))
    this.all.endOf(this.branch)
  }

  fail(error: TransportError): void {
    this.all.fail(this.branch, error)
  }

  private keepError(bytes: Uint8Array): void {
    if (this.errorBytes >= MOST_ERROR_BYTES) return
    this.errorBytes += bytes.length
    this.errorBody.push(bytes)
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300
}
