import { GatewayError } from '../errors'
import type { Call } from '../gateway/call'
import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Roster } from '../lib/roster'
import type { Limits } from '../limits/enter'
import type { Flushed } from './usage'

export interface ShutdownDeps {
  clock: Clock
  log: Log
  limits: Pick<Limits, 'draining'>
  live: Roster<Call>
  /** Whether some answer has not left yet: a caller may take its last bytes slowly. */
  isAnswering: () => boolean
  graceMs: number
  /** Others listen at the same port: what still comes to this process is served, since nobody would be told no otherwise. */
  hasPeers: boolean
  /** Refuses new connections and closes idle ones; those with a request go on. */
  stopListening: () => void
  /** What is still being counted is estimated instead. */
  stopCounting: () => void
  /** Stores what is recorded, within the time. */
  flush: (deadlineMs: number) => Promise<Flushed>
  /** Closes everything that is left. */
  close: () => Promise<void>
}

const LOOK_MS = 25
/**
 * Connections that the system has accepted and we have not are reset when the listener closes, as are those whose request
 * is on its way: before that, whoever came is given so many turns to be heard.
 */
const LAST_LOOKS = 4
/** After the grace time streams are cut; so long their last events may take. */
const CUT_MS = 2_000
/** The last of it is for those whose tokens could not be counted by then. */
const UNCOUNTED_MS = 500
/** A signal to the whole process group arrives once from each parent that passes it on: it is one signal. */
const SAME_SIGNAL_MS = 1_000
const FLUSH_MS = 5_000
/** Nothing that counts is under way any more: a database that is away is not waited for. */
const CLOSE_MS = 2_000

/**
 * Ends the process's work in order: nothing new, open requests finish within the grace time, what is left is cut with
 * an error event, usage is flushed. A second call cuts at once. Resolves with the exit code.
 */
export class Shutdown {
  private running: Promise<number> | undefined
  private begunAt = 0
  private cutAt = Number.POSITIVE_INFINITY
  private readonly deps: ShutdownDeps

  constructor(deps: ShutdownDeps) {
    this.deps = deps
  }

  /** Whether answers are the last on their connections. */
  get hasBegun(): boolean {
    return this.running !== undefined
  }

  begin(): Promise<number> {
    const now = this.deps.clock.now()
    if (this.running && now - this.begunAt > SAME_SIGNAL_MS) this.cutAt = now
    if (!this.running) this.begunAt = now
    this.running ??= this.run()
    return this.running
  }

  private async run(): Promise<number> {
    const { clock, log, limits, live, graceMs } = this.deps
    log.info('shutting down', { inFlight: live.size, graceMs })
    this.cutAt = clock.now() + graceMs
    limits.draining = !this.deps.hasPeers
    for (let look = 0; look < LAST_LOOKS; look++) await Bun.sleep(LOOK_MS)
    limits.draining = true
    this.deps.stopListening()
    await this.untilIdle(() => this.cutAt)
    for (const call of live) call.cut(new GatewayError('shutting_down', 'The gateway is shutting down.'))
    const last = clock.now() + CUT_MS
    await this.untilIdle(() => last - UNCOUNTED_MS)
    this.deps.stopCounting()
    await this.untilIdle(() => last)
    // The last events are in the sockets' hands now; one turn lets them leave.
    await Bun.sleep(LOOK_MS)
    const flushed = await this.deps.flush(FLUSH_MS)
    if (flushed === 'kept')
      log.warn('usage is kept on this disk: the next start on the same data folder stores it')
    if (flushed === 'held') log.error('usage could neither be stored nor kept before the end')
    await Promise.race([this.deps.close(), Bun.sleep(CLOSE_MS)])
    return flushed === 'held' ? 1 : 0
  }

  private async untilIdle(deadline: () => number): Promise<void> {
    const { live, isAnswering, clock } = this.deps
    while ((live.size > 0 || isAnswering()) && clock.now() < deadline()) await Bun.sleep(LOOK_MS)
  }
}
