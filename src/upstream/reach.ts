import type { Clock } from '../lib/clock'

/** A host that answered this recently need not be asked whether it can be connected to. */
const TRUST_MS = 30_000

/**
 * Bounds the connecting phase beside a transport that cannot: `fetch` does not say when it is connected.
 * Hosts that answered lately are trusted; for others one plain TCP connection is opened and closed.
 * Holds one entry a configured host.
 */
export class Reach {
  private readonly answeredAt = new Map<string, number>()
  private readonly probes = new Map<string, Promise<boolean>>()
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** An answer's head came from here. */
  answered(baseUrl: string): void {
    this.answeredAt.set(baseUrl, this.clock.now())
  }

  /** It answered so lately that it need not be asked. */
  isTrusted(baseUrl: string): boolean {
    const at = this.answeredAt.get(baseUrl)
    return at !== undefined && this.clock.now() - at < TRUST_MS
  }

  /** False if no connection came about within the time. A refusal is true: that, the transport reports itself. */
  canConnect(baseUrl: string, timeoutMs: number): Promise<boolean> {
    if (this.isTrusted(baseUrl)) return Promise.resolve(true)
    const running = this.probes.get(baseUrl)
    if (running) return running
    const probe = connects(new URL(baseUrl), timeoutMs).finally(() => this.probes.delete(baseUrl))
    this.probes.set(baseUrl, probe)
    return probe
  }
}

function connects(url: URL, timeoutMs: number): Promise<boolean> {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise(resolve => {
    const timer = setTimeout(resolve, timeoutMs, false)
    const settled = () => {
      clearTimeout(timer)
      resolve(true)
    }
    const connecting = Bun.connect({
      hostname,
      port,
      socket: { data() {}, open: socket => void socket.end() },
    })
    connecting.then(settled, settled)
  })
}
