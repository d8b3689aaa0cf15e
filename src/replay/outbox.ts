import { GatewayError } from '../errors'
import type { Log } from '../lib/log'

const RETRY_MS = 1_000
const MOST_JOBS = 10_000

/** What the store has still to be told, one after the other; while it is away it is tried again. */
export class Outbox {
  private readonly jobs: (() => Promise<void>)[] = []
  private running: Promise<void> | undefined
  private isStopped = false
  private readonly log: Log

  constructor(log: Log) {
    this.log = log
  }

  /** Takes a job, which is done once; false for one too many. */
  add(job: () => Promise<void>): boolean {
    if (this.jobs.length >= MOST_JOBS) {
      this.log.error('the end of an idempotent request is not stored: too many wait for the database')
      return false
    }
    this.jobs.push(job)
    this.running ??= this.run().finally(() => {
      this.running = undefined
    })
    return true
  }

  /** Waits until all jobs are done, but not longer. */
  async flush(deadlineMs: number): Promise<void> {
    if (this.running) await Promise.race([this.running, Bun.sleep(deadlineMs)])
  }

  stop(): void {
    this.isStopped = true
  }

  private giveUp(error: unknown): void {
    this.jobs.shift()
    const name = error instanceof Error ? error.name : typeof error
    this.log.error('the end of an idempotent request could not be stored', { name })
  }

  private async run(): Promise<void> {
    for (let job = this.jobs[0]; job && !this.isStopped; job = this.jobs[0]) {
      try {
        await job()
        this.jobs.shift()
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'store_unavailable') await Bun.sleep(RETRY_MS)
        else this.giveUp(error)
      }
    }
  }
}
