import { GatewayError } from '../errors'
import type { Log } from '../lib/log'

const RETRY_MS = 1_000
const MOST_JOBS = 10_000

interface Job {
  work: () => Promise<void>
  over: () => void
}

/** What the store has still to be told, one after the other; while it is away it is tried again. */
export class Outbox {
  private readonly jobs: Job[] = []
  private running: Promise<void> | undefined
  private isStopped = false
  private readonly log: Log

  constructor(log: Log) {
    this.log = log
  }

  /** Takes work that is to be done once, and says when it is done, or given up because it cannot be, or is one too many. */
  add(work: () => Promise<void>, over: () => void = () => {}): void {
    if (this.jobs.length >= MOST_JOBS) {
      this.log.error('the end of an idempotent request is not stored: too many wait for the database')
      over()
      return
    }
    this.jobs.push({ work, over })
    this.running ??= this.run()
  }

  /** Waits until all jobs are done, but not longer. */
  async flush(deadlineMs: number): Promise<void> {
    if (this.running) await Promise.race([this.running, Bun.sleep(deadlineMs)])
  }

  stop(): void {
    this.isStopped = true
  }

  private sayGivenUp(error: unknown): void {
    const name = error instanceof Error ? error.name : typeof error
    this.log.error('the end of an idempotent request could not be stored', { name })
  }

  private async run(): Promise<void> {
    for (let job = this.jobs[0]; job && !this.isStopped; job = this.jobs[0]) {
      try {
        await job.work()
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'store_unavailable') {
          await Bun.sleep(RETRY_MS)
          continue
        }
        this.sayGivenUp(error)
      }
      this.jobs.shift()
      job.over()
    }
    // At once, not when the promise settles: a job that comes in between would wait for the next one.
    this.running = undefined
  }
}
