import type { Clock } from '../../lib/clock'
import type { Log } from '../../lib/log'

/** A worker as its parent sees it. */
export interface WorkerProcess {
  readonly pid: number
  /** Resolves with what it prints once it serves; rejects if it ends before. */
  readonly serving: Promise<string>
  readonly ended: Promise<number>
  signal(name: 'SIGTERM' | 'SIGKILL'): void
}

export interface CrewDeps {
  size: number
  start: () => WorkerProcess
  clock: Clock
  log: Log
  sleep: (delayMs: number) => Promise<void>
  /** After this a worker that was told to end is killed. */
  endMs: number
}

const SHORTEST_RESTART_MS = 100
const LONGEST_RESTART_MS = 5_000
/** A worker that lived so long did not die of its start. */
const HEALTHY_MS = 30_000

/** The workers of one gateway: as many as were asked for, one that dies is replaced, all of them end together. */
export class Crew {
  private readonly workers = new Set<WorkerProcess>()
  private readonly dismissed = new Set<WorkerProcess>()
  private failures = 0
  private hasStarted = false
  private isEnding = false
  private rolling: Promise<void> | undefined
  private readonly deps: CrewDeps

  constructor(deps: CrewDeps) {
    this.deps = deps
  }

  /** Starts them, the first one alone: it makes what they share. Resolves with what it prints; rejects if one cannot start. */
  async start(): Promise<string> {
    const text = await this.add().serving
    const others = Array.from({ length: this.deps.size - 1 }, () => this.add().serving)
    await Promise.all(others)
    this.hasStarted = true
    return text
  }

  /** Replaces every worker by a new one, one after the other; the old one goes once the new one serves. */
  roll(): Promise<void> {
    this.rolling ??= this.replaceAll().finally(() => {
      this.rolling = undefined
    })
    return this.rolling
  }

  /** Ends all workers, in order; resolves with the exit code: the worst of theirs. */
  async end(): Promise<number> {
    this.isEnding = true
    const all = [...this.workers, ...this.dismissed]
    for (const worker of all) worker.signal('SIGTERM')
    const codes = Promise.all(all.map(worker => worker.ended))
    const late = this.deps.sleep(this.deps.endMs).then(() => undefined)
    const ended = await Promise.race([codes, late])
    if (!ended) for (const worker of all) worker.signal('SIGKILL')
    return Math.max(0, ...(ended ?? [1]))
  }

  private add(): WorkerProcess {
    const worker = this.deps.start()
    const startedAt = this.deps.clock.now()
    this.workers.add(worker)
    // Whoever waits for it hears of it; nobody else need.
    worker.serving.catch(() => {})
    void worker.ended.then(code => this.hasEnded(worker, code, startedAt))
    return worker
  }

  private hasEnded(worker: WorkerProcess, code: number, startedAt: number): void {
    this.dismissed.delete(worker)
    if (!this.workers.delete(worker) || !this.hasStarted || this.isEnding) return
    this.failures = this.deps.clock.now() - startedAt > HEALTHY_MS ? 0 : this.failures + 1
    const delayMs = Math.min(SHORTEST_RESTART_MS * 2 ** this.failures, LONGEST_RESTART_MS)
    this.deps.log.error('a worker died, another one takes its place', { pid: worker.pid, code, delayMs })
    void this.deps.sleep(delayMs).then(() => {
      if (!this.isEnding && this.workers.size < this.deps.size) this.add()
    })
  }

  private async replaceAll(): Promise<void> {
    const { log } = this.deps
    for (const old of [...this.workers]) {
      if (this.isEnding) return
      const young = this.add()
      try {
        await young.serving
      } catch {
        log.error('a new worker cannot serve: the old ones go on', { pid: young.pid })
        return
      }
      this.workers.delete(old)
      this.dismissed.add(old)
      old.signal('SIGTERM')
      log.info('a worker was replaced', { old: old.pid, young: young.pid })
    }
  }
}
