import { Call, type Prepared } from './call'
import { Departures } from './departures'
import type { DialOptions } from './dial'
import { type Origin, readUrl } from './origin'
import { Pool, type PoolDeps, type PoolLimits } from './pool'
import { Refused } from './refused'
import { requestHead, Unsendable } from './request-head'
import type { Connection, HttpRequest, Sink } from './sink'
import { TransportError } from './transport-error'

export interface ClientOptions extends DialOptions, Pick<PoolDeps, 'clock' | 'ticker'> {
  /** Sent unless a request says otherwise; names in lower case. */
  headers?: Readonly<Record<string, string>>
  limits?: Partial<PoolLimits>
  /** Runs when this turn of the event loop is over. */
  nextTurn?: (run: () => void) => void
}

/** 5,000 streams to one vendor must be possible; a process has about 28,000 ports toward one address. */
const LIMITS: PoolLimits = { connections: 16_384, idlePerOrigin: 512, idleMs: 55_000 }
const MOST_POOLS = 1_024

/**
 * HTTP/1.1 over connections of its own, plain or TLS. Follows no redirect, decodes nothing, sets no deadline but that
 * of connecting, and sends nothing twice: a request of which a byte may have left fails when its connection does.
 */
export class Client {
  private readonly pools = new Map<string, Pool>()
  /** By the headers object, as long as that lives. */
  private readonly prepared = new WeakMap<object, Prepared>()
  private readonly defaults: Readonly<Record<string, string>>
  private readonly deps: PoolDeps
  private readonly departures: Departures

  constructor({ headers = {}, limits, nextTurn = setImmediate, ...rest }: ClientOptions) {
    this.defaults = headers
    this.departures = new Departures(nextTurn)
    this.deps = { ...rest, limits: { ...LIMITS, ...limits }, open: 0, shed: () => this.close() }
  }

  /** Connections that are open or being dialled. */
  get connections(): number {
    return this.deps.open
  }

  /**
   * Sends the request when this turn of the event loop is over, together with the others that came in it. Returns before
   * the sink hears anything; what cannot be sent fails as `connect`, and what `sink.leaves` does not let as `withheld`.
   */
  send(request: HttpRequest, sink: Sink, connectTimeoutMs: number): Connection {
    try {
      const prepared = this.prepare(request)
      const call = new Call(prepared, request.body, sink, connectTimeoutMs)
      this.departures.add(call)
      return call
    } catch (error) {
      if (error instanceof Unsendable)
        return new Refused(sink, new TransportError('connect', `unsendable: ${error.message}`))
      throw error
    }
  }

  /** Closes every idle connection. */
  close(): void {
    for (const pool of this.pools.values()) pool.clear()
  }

  private prepare(request: HttpRequest): Prepared {
    const { url, method = 'POST', headers } = request
    const known = this.prepared.get(headers)
    if (known && known.url === url && known.method === method) return known
    const destination = readUrl(url)
    if (!destination) throw new Unsendable('a URL that is not http or https, or has a blank in it')
    const { origin, target } = destination
    const head = requestHead(request, origin.host, target, this.defaults)
    const prepared = { url, method, head, pool: this.poolOf(origin) }
    if (Object.isFrozen(headers)) this.prepared.set(headers, prepared)
    return prepared
  }

  private poolOf(origin: Origin): Pool {
    const known = this.pools.get(origin.key)
    if (known) return known
    if (this.pools.size >= MOST_POOLS)
      for (const [other, pool] of this.pools) if (pool.isIdle) this.pools.delete(other)
    const pool = new Pool(origin, this.deps)
    this.pools.set(origin.key, pool)
    return pool
  }
}
