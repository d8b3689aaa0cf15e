import type { SampledAudio } from '../wire/audio-sample'
import type { CallTokens } from './count-call'
import type { Counted, CountJob, HearJob } from './tokenizer-worker'

/** More than these wait for nobody: the call is estimated instead. The thread takes a second to start, and a moment for each. */
const MOST_JOBS = 1_024
const MOST_BYTES = 32 * 1024 * 1024
const MOST_JOB_BYTES = 8 * 1024 * 1024
/** The longest that a call waits for its tokens, its turn included. */
const DEADLINE_MS = 5_000
/** The encoder takes some 100 MB, so its thread ends when nobody has left for a while. */
const IDLE_MS = 60_000

export interface TokenizerOptions {
  deadlineMs?: number
  idleMs?: number
  /** The program of the thread. */
  program?: string
}

interface Job {
  work: CountJob | HearJob
  bytes: number
  late: ReturnType<typeof setTimeout>
  resolve: (result: Counted['result']) => void
}

/**
 * Counts the tokens of cut calls, and hears how long a recording is, in a thread of its own, one call after the other,
 * never on the event loop. Bounded in jobs, bytes and time; what does not fit is not counted. A job that hangs or breaks
 * the thread loses its own count alone.
 */
export class Tokenizer {
  private worker: Worker | undefined
  private current: Job | undefined
  private queue: Job[] = []
  private bytes = 0
  private isStopped = false
  private idle: ReturnType<typeof setTimeout> | undefined
  private readonly deadlineMs: number
  private readonly idleMs: number
  private readonly program: string

  constructor(options: TokenizerOptions = {}) {
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS
    this.idleMs = options.idleMs ?? IDLE_MS
    this.program = options.program ?? new URL('./tokenizer-worker.ts', import.meta.url).href
  }

  /** Undefined if it cannot be counted now, or not in time. */
  count(request: Uint8Array, texts: string[]): Promise<CallTokens | undefined> {
    const bytes = texts.reduce((sum, text) => sum + text.length, request.length)
    return this.run({ request, texts }, bytes) as Promise<CallTokens | undefined>
  }

  /** How many seconds a recording is long, by its own head; undefined if that does not say, or not in time. */
  hear(audio: SampledAudio): Promise<number | undefined> {
    return this.run({ audio }, audio.head.length + audio.tail.length) as Promise<number | undefined>
  }

  private run(work: Job['work'], bytes: number): Promise<Counted['result']> {
    if (this.isStopped || this.jobs >= MOST_JOBS || bytes > MOST_JOB_BYTES || this.bytes + bytes > MOST_BYTES)
      return Promise.resolve(undefined)
    this.bytes += bytes
    return new Promise(resolve => {
      const late = setTimeout(() => this.giveUp(job), this.deadlineMs)
      const job: Job = { work, bytes, late, resolve }
      this.queue.push(job)
      this.next()
    })
  }

  /** Gives up the thread and all its jobs: from now on nothing is counted. */
  stop(): void {
    this.isStopped = true
    clearTimeout(this.idle)
    this.end()
    for (const job of this.queue.splice(0)) this.settle(job, undefined)
    if (this.current) this.settle(this.current, undefined)
  }

  /** Whether its thread is there. */
  get isRunning(): boolean {
    return this.worker !== undefined
  }

  private get jobs(): number {
    return this.queue.length + (this.current ? 1 : 0)
  }

  /** Hands the thread its next job; the rest waits here, where it can still be given up. */
  private next(): void {
    if (this.current) return
    this.current = this.queue.shift()
    clearTimeout(this.idle)
    if (this.current) {
      this.thread().postMessage(this.current.work)
    } else if (this.worker) {
      this.idle = setTimeout(() => this.end(), this.idleMs)
      this.idle.unref?.()
    }
  }

  /** A job that takes too long in the thread takes the thread with it: nothing else stops a program that runs. */
  private giveUp(job: Job): void {
    if (job === this.current) this.end()
    else this.queue = this.queue.filter(other => other !== job)
    this.settle(job, undefined)
    this.next()
  }

  private thread(): Worker {
    if (this.worker) return this.worker
    const worker = new Worker(this.program)
    worker.unref()
    // What a thread says that was given up already is nobody's answer.
    worker.onmessage = ({ data }: MessageEvent<Counted>) => {
      if (worker === this.worker) this.answered(data.result)
    }
    worker.onerror = () => {
      if (worker !== this.worker) return
      this.end()
      this.answered(undefined)
    }
    this.worker = worker
    return worker
  }

  private answered(result: Counted['result']): void {
    if (this.current) this.settle(this.current, result)
    this.next()
  }

  private end(): void {
    this.worker?.terminate()
    this.worker = undefined
  }

  private settle(job: Job, result: Counted['result']): void {
    clearTimeout(job.late)
    if (job === this.current) this.current = undefined
    this.bytes -= job.bytes
    job.resolve(result)
  }
}
