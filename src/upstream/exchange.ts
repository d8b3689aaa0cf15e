import type { Admission } from '../admission'
import type { Clock } from '../lib/clock'
import type { Ticker, Ticking } from '../lib/ticker'
import { type Adapter, isStreamed, type OutgoingRequest } from '../vendors/adapter'
import type { Vendor } from '../vendors/vendor'
import { readCutError } from './cut-error'
import { failureOfAnswer, failureOfContent, failureOfTransport, type UpstreamFailure } from './failure'
import { type Connection, type HeaderFields, type Sink, type Transport, TransportError } from './transport'

/** One deployment as a request can be sent to it. */
export interface Target {
  vendor: Vendor
  /** The vendor's own id of the model. */
  model: string
  adapter: Adapter
}

/** Takes a 2xx answer. Until it has called `exchange.open()` the answer can still be thrown away and another asked for. */
export interface Reader {
  head(headers: HeaderFields): void
  data(bytes: Uint8Array): void | Promise<void>
  /** The vendor closed: `opened` must be settled when this returns. */
  end(): void
  /** The answer broke off after it was opened. */
  fail(failure: UpstreamFailure): void
}

/** Whose exchange it is. */
export interface Owner {
  /** Comes before a byte of it leaves. Where it throws, none does. */
  leaves(exchange: Exchange): void
}

export interface ExchangeDeps {
  transport: Transport
  clock: Clock
  ticker: Ticker
}

/** How long a vendor may keep a connection open after its last word. */
const LINGER_MS = 2_000
const MAX_ERROR_BYTES = 64 * 1024
const NOBODY = () => {}

/** One call to one deployment, from dialling to its last byte, with its deadlines. */
export class Exchange<R extends Reader = Reader> implements Sink, Ticking {
  /** Settles once: when the reader has something for the caller, or with the UpstreamFailure that came before. */
  readonly opened: Promise<void>
  status: number | null = null
  vendorRequestId: string | null = null
  readonly startedAt: number
  endedAt: number | null = null
  /** Of the answer's body, so far. */
  bytes = 0

  readonly target: Target
  readonly reader: R
  private readonly deps: ExchangeDeps
  private readonly owner: Owner | undefined
  private readonly connection: Connection
  private readonly body: OutgoingRequest['body']
  /** While the request is still on its way the vendor owes nothing. */
  private waitsSince: number
  /** Undefined while there is none. */
  private errorBody: Uint8Array[] | undefined
  private errorBytes = 0
  private headers: HeaderFields | undefined
  private lastByteAt: number | null = null
  private paused = false
  private lingersSince: number | null = null
  private isOpen = false
  private resolve: () => void = NOBODY
  private reject: (failure: UpstreamFailure) => void = NOBODY

  /** Begins the call: its bytes leave soon after, unless its owner does not let them. The admission is what allows it. */
  constructor(
    _admission: Admission,
    target: Target,
    request: OutgoingRequest,
    read: (exchange: Exchange) => R,
    deps: ExchangeDeps,
    owner?: Owner,
  ) {
    this.owner = owner
    this.target = target
    this.deps = deps
    this.startedAt = deps.clock.now()
    this.waitsSince = this.startedAt
    this.body = request.body
    this.opened = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.reader = read(this)
    deps.ticker.add(this)
    this.connection = deps.transport(request, this, target.vendor)
  }

  /** False only where it is certain that no byte of the request left us: such a call costs nothing. */
  get dialled(): boolean {
    return this.connection.sent
  }

  /** The whole request has left us. */
  get isSent(): boolean {
    return !isStreamed(this.body) || this.body.isSent
  }

  /** The reader holds something for the caller: from now on this exchange is the answer. */
  open(): void {
    this.isOpen = true
    this.resolve()
  }

  /** The vendor said its last word: its connection may close by itself, and serve again, but not for long. */
  linger(): void {
    this.lingersSince ??= this.deps.clock.now()
  }

  /** Closes the vendor's connection now. Before `open` the failure is what `opened` rejects with. */
  abort(failure: UpstreamFailure): void {
    if (this.endedAt !== null) return
    this.finish()
    this.connection.abort()
    if (!this.isOpen) this.reject(failure)
  }

  /** The answer turned out unusable: before `open` another deployment may be asked, after it the reader is told. */
  break(failure: UpstreamFailure): void {
    if (this.endedAt !== null) {
      // Its reader learns only now what the whole of it was.
      if (!this.isOpen) this.reject(failure)
      return
    }
    this.finish()
    this.connection.abort()
    this.tell(failure)
  }

  leaves(): void {
    this.owner?.leaves(this)
  }

  head(status: number, headers: HeaderFields): void {
    this.status = status
    this.headers = headers
    this.vendorRequestId = headers.get('x-request-id') ?? headers.get('request-id')
    if (this.isGood()) this.reader.head(headers)
  }

  data(bytes: Uint8Array): void | Promise<void> {
    this.lastByteAt = this.deps.clock.now()
    this.bytes += bytes.length
    if (!this.isGood()) return this.keepError(bytes)
    const pause = this.reader.data(bytes)
    return pause && this.hold(pause)
  }

  end(): void {
    if (this.endedAt !== null) return
    this.finish()
    if (!this.isGood()) {
      this.tell(this.answerFailure())
      return
    }
    this.reader.end()
    if (!this.isOpen) this.reject(failureOfContent('The vendor ended its answer before it began.'))
  }

  fail(error: TransportError): void {
    if (this.endedAt !== null) return
    this.finish()
    this.tell(failureOfTransport(error))
  }

  tick(now: number): void {
    const { firstEvent, silence, total } = this.target.vendor.timeouts
    const late = (phase: string) => this.break(failureOfTransport(new TransportError('timeout', phase)))
    if (this.lingersSince !== null) {
      if (now - this.lingersSince > LINGER_MS)
        this.abort(failureOfContent('The vendor kept its connection open.'))
    } else if (now - this.startedAt > total * 1000) late(`the whole answer took longer than ${total} s`)
    else if (this.lastByteAt === null) {
      if (!this.isSent) this.waitsSince = now
      else if (now - this.waitsSince > firstEvent * 1000) late(`no first byte in ${firstEvent} s`)
    } else if (!this.paused && now - this.lastByteAt > silence * 1000) late(`silent for ${silence} s`)
  }

  private isGood(): boolean {
    return this.status !== null && this.status >= 200 && this.status < 300
  }

  /** While the caller reads slowly the vendor is held back, which is not the vendor's silence. */
  private async hold(pause: Promise<void>): Promise<void> {
    this.paused = true
    try {
      await pause
    } finally {
      this.paused = false
      this.lastByteAt = this.deps.clock.now()
    }
  }

  private keepError(bytes: Uint8Array): void {
    if (this.errorBytes >= MAX_ERROR_BYTES) {
      this.break(this.answerFailure())
      return
    }
    this.errorBytes += bytes.length
    this.errorBody ??= []
    this.errorBody.push(bytes)
  }

  private answerFailure(): UpstreamFailure {
    const text = Buffer.concat(this.errorBody ?? []).toString('utf8')
    const { adapter, vendor } = this.target
    return failureOfAnswer(
      this.status ?? 0,
      this.headers ?? new Headers(),
      adapter.error(parsed(text)),
      vendor.credential,
    )
  }

  private tell(failure: UpstreamFailure): void {
    if (this.isOpen) this.reader.fail(failure)
    else this.reject(failure)
  }

  private finish(): void {
    this.endedAt = this.deps.clock.now()
    // A vendor that has answered needs no more of the request.
    if (!this.isSent) this.connection.abort()
    this.deps.ticker.delete(this)
  }
}

/** A page of HTML says nothing that a caller could use. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return readCutError(text) ?? (/^\s*</.test(text) ? null : text.slice(0, 2000))
  }
}
