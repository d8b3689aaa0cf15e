import type { ReceivedRequest } from './request'
import type { Bill } from './step'

/** complete: to its proper end · cut: FIN before it · reset: RST · left: the peer closed first. */
export type Ending = 'complete' | 'cut' | 'reset' | 'left'

/** One request and what the vendor did and bills for it. */
export interface Entry {
  /** Also sent to the caller as `x-request-id`. */
  id: string
  /** Ordinal of the TCP connection: two calls with the same one shared it. */
  connection: number
  /** What scripts are matched by: `x-script`, else the body's `model`, else the path. */
  name: string
  model: string | null
  method: string
  path: string
  headers: [name: string, value: string][]
  /** Null once forgotten (see `KEPT_BODY_BYTES`). */
  body: Buffer | null
  /** Milliseconds since 1970. */
  startedAt: number
  /** Output tokens produced so far; in a stream, sent. */
  tokens: number
  bill: Partial<Bill>
  ending: Ending | null
  /** Milliseconds from the start to the end. */
  endedAfterMs: number | null
  /** Milliseconds from the start to the peer's closing; null unless the call was still open then. */
  closedAfterMs: number | null
  /** Whether the peer closed by RST. */
  closedByReset: boolean
}

export const KEPT_BODY_BYTES = 64 * 1024 * 1024
export const KEPT_ENTRIES = 200_000

interface Waiter {
  holds(): boolean
  settle(held: boolean): void
}

/** The vendor's own book. Full: the oldest bodies, then the oldest entries are forgotten; `forgotten` counts those. */
export class Ledger {
  readonly entries = new Map<string, Entry>()
  /** Those that are open. */
  readonly gates = new Set<string>()
  forgotten = 0
  #bodies: Entry[] = []
  #bodyBytes = 0
  #count = 0
  #waiters = new Set<Waiter>()
  readonly #run = crypto.randomUUID().slice(0, 8)

  open(request: ReceivedRequest, connection: number, name: string, model: string | null): Entry {
    this.#count += 1
    const entry: Entry = {
      id: `req_${this.#run}_${this.#count}`,
      connection,
      name,
      model,
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.body,
      startedAt: performance.timeOrigin + performance.now(),
      tokens: 0,
      bill: {},
      ending: null,
      endedAfterMs: null,
      closedAfterMs: null,
      closedByReset: false,
    }
    this.entries.set(entry.id, entry)
    this.#forget(entry)
    this.changed()
    return entry
  }

  close(entry: Entry, ending: Ending, byReset = false): void {
    if (entry.ending) return
    const afterMs = performance.timeOrigin + performance.now() - entry.startedAt
    entry.ending = ending
    entry.endedAfterMs = afterMs
    if (ending === 'left') entry.closedAfterMs = afterMs
    entry.closedByReset = byReset
    this.changed()
  }

  /** True as soon as `holds` does, false when it does not within the time. */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true)
    return new Promise(resolve => {
      const waiter: Waiter = {
        holds,
        settle: held => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          resolve(held)
        },
      }
      const timer = setTimeout(() => waiter.settle(false), timeoutMs)
      this.#waiters.add(waiter)
    })
  }

  changed(): void {
    for (const waiter of this.#waiters) if (waiter.holds()) waiter.settle(true)
  }

  clear(): void {
    this.entries.clear()
    this.gates.clear()
    this.#bodies = []
    this.#bodyBytes = 0
    this.forgotten = 0
  }

  #forget(entry: Entry): void {
    this.#bodies.push(entry)
    this.#bodyBytes += entry.body?.length ?? 0
    while (
      (this.#bodyBytes > KEPT_BODY_BYTES && this.#bodies.length > 1) ||
      this.#bodies.length > KEPT_ENTRIES
    ) {
      const oldest = this.#bodies.shift()
      this.#bodyBytes -= oldest?.body?.length ?? 0
      if (oldest) oldest.body = null
    }
    if (this.entries.size <= KEPT_ENTRIES) return
    const first = this.entries.keys().next().value
    if (first !== undefined) this.entries.delete(first)
    this.forgotten += 1
  }
}

/** What the vendor would bill for this call as it stands: output tokens are those produced, unless a figure was set. */
export function billOf(entry: Entry): Bill {
  return {
    inputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: entry.tokens,
    reasoningTokens: 0,
    ...entry.bill,
  }
}
