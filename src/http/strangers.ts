import { GatewayError } from '../errors'
import type { Clock } from '../lib/clock'

/** So many keys that are none of ours an address may try in a minute; then it has to wait for the minute's end. */
const MOST_FAILURES = 30
const WINDOW_MS = 60_000
/** Whoever has more addresses than this pushes out the oldest: memory is bounded, and the database's answers are remembered. */
const MOST_ADDRESSES = 10_000

interface Tries {
  count: number
  until: number
}

/**
 * Counts failed keys by the address that they came from, and shuts out an address that tries too many: nobody guesses keys
 * at speed, nor keeps the database busy with it. Requests with a key of ours are not looked at, wherever they come from.
 */
export class Strangers {
  private readonly tries = new Map<string, Tries>()
  private shutUntil = 0
  private readonly clock: Pick<Clock, 'now'>

  constructor(clock: Pick<Clock, 'now'>) {
    this.clock = clock
  }

  /** Whether any address is shut out at the moment: until then nobody's address need be known. */
  get isAnyShut(): boolean {
    return this.clock.now() < this.shutUntil
  }

  /** A key that is none of ours came from this address. */
  failed(address: string): void {
    const network = networkOf(address)
    const now = this.clock.now()
    let tries = this.tries.get(network)
    if (!tries || now >= tries.until) {
      this.tries.delete(network)
      tries = { count: 0, until: now + WINDOW_MS }
      this.makeRoom()
      this.tries.set(network, tries)
    }
    tries.count++
    if (tries.count >= MOST_FAILURES) this.shutUntil = Math.max(this.shutUntil, tries.until)
  }

  /** The refusal that this address gets now; undefined for one that may try. */
  refusalOf(address: string): GatewayError | undefined {
    const tries = this.tries.get(networkOf(address))
    const leftMs = (tries?.until ?? 0) - this.clock.now()
    if (!tries || leftMs <= 0 || tries.count < MOST_FAILURES) return undefined
    return new GatewayError(
      'rate_limit_exceeded',
      'Too many requests with keys that are not of this gateway.',
      {
        headers: {
          'retry-after': String(Math.ceil(leftMs / 1000)),
          'retry-after-ms': String(Math.ceil(leftMs)),
        },
      },
    )
  }

  private makeRoom(): void {
    if (this.tries.size < MOST_ADDRESSES) return
    const [oldest] = this.tries.keys()
    if (oldest !== undefined) this.tries.delete(oldest)
  }
}

/** One customer has a whole /64 of IPv6. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = '', tail = ''] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::')
    ? Array.from({ length: 8 - before.length - after.length }, () => '0')
    : []
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
