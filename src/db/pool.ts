/** What can be closed like a postgres.js client. */
interface Closable {
  end(options: { timeout: number }): Promise<void>
}

export interface Pool<Client> {
  readonly client: Client
  /** Puts a new client in the place of one with a connection that hangs; at most once in `RENEWAL_MS`. */
  renew(): void
  close(): Promise<void>
}

/** A server that is merely slow must not be flooded with new connections. */
const RENEWAL_MS = 5_000
/** How long queries that are under way may still use a client that is being replaced or closed. */
const DRAIN_SECONDS = 5

/**
 * Holds one client and replaces it on demand. A connection through a dead network or to a stopped backend would
 * otherwise swallow queries until the kernel gives it up, a quarter of an hour later.
 */
export function createPool<Raw extends Closable, Client>(
  connect: () => Raw,
  wrap: (raw: Raw) => Client,
  now: () => number,
): Pool<Client> {
  const open = () => {
    const raw = connect()
    return { raw, client: wrap(raw) }
  }
  let current = open()
  let renewedAt = Number.NEGATIVE_INFINITY
  const closing = new Set<Promise<void>>()

  const retire = (raw: Raw) => {
    const ending = raw.end({ timeout: DRAIN_SECONDS }).finally(() => closing.delete(ending))
    closing.add(ending)
  }
  return {
    get client() {
      return current.client
    },
    renew() {
      if (now() - renewedAt < RENEWAL_MS) return
      renewedAt = now()
      retire(current.raw)
      current = open()
    },
    async close() {
      retire(current.raw)
      await Promise.all(closing)
    },
  }
}
