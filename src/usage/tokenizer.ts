import type { CallTokens } from './count-call'
import type { CountJob } from './tokenizer-worker'

/** More than these wait for nobody: the call is estimated instead. */
const MOST_JOBS = 64
const MOST_BYTES = 32 * 1024 * 1024
const MOST_JOB_BYTES = 8 * 1024 * 1024
const DEADLINE_MS = 5_000
/** The encoder takes some 100 MB, so its thread ends when nobody has left for a while. */
const IDLE_MS = 60_000

interface Waiting {
  bytes: number
  resolve: (tokens: CallTokens | undefined) => void
}

/**
 * Counts the tokens of cut calls in a thread of its own, never on the event loop. Bounded in jobs, bytes and time;
 * what does not fit is not counted.
 */
export class Tokenizer {
  private worker: Worker | undefined
  private readonly waiting = new Map<number, Waiting>()
  private bytes = 0
  private nextId = 0
  private idle: ReturnType<typeof setTimeout> | undefined

  /** Undefined if it cannot be counted now, or not in time. */
  count(request: Uint8Array, texts: string[]): Promise<CallTokens | undefined> {
    const bytes = texts.reduce((sum, text) => sum + text.length, request.length)
    if (this.waiting.size >= MOST_JOBS || bytes > MOST_JOB_BYTES || this.bytes + bytes > MOST_BYTES)
      return Promise.resolve(undefined)
    const id = this.nextId++
    const counted = new Promise<CallTokens | undefined>(resolve => this.waiting.set(id, { bytes, resolve }))
    this.bytes += bytes
    this.thread().postMessage({ id, request, texts } satisfies CountJob)
    const late = setTimeout(() => this.stop(), DEADLINE_MS)
    return counted.finally(() => clearTimeout(late))
  }

  /** Gives up the thread with all its jobs, as one that hangs or failed is; a later job gets a new one. */
  stop(): void {
    clearTimeout(this.idle)
    this.worker?.terminate()
    this.worker = undefined
    for (const id of [...this.waiting.keys()]) this.settle(id, undefined)
  }

  private thread(): Worker {
    clearTimeout(this.idle)
    if (this.worker) return this.worker
    const worker = new Worker(new URL('./tokenizer-worker.ts', import.meta.url).href)
    worker.unref()
    worker.onmessage = ({ data }: MessageEvent<{ id: number; tokens: CallTokens }>) =>
      this.settle(data.id, data.tokens)
    worker.onerror = () => this.stop()
    this.worker = worker
    return worker
  }

  private settle(id: number, tokens: CallTokens | undefined): void {
    const job = this.waiting.get(id)
    if (!job) return
    this.waiting.delete(id)
    this.bytes -= job.bytes
    job.resolve(tokens)
    if (this.waiting.size > 0 || !this.worker) return
    clearTimeout(this.idle)
    this.idle = setTimeout(() => this.stop(), IDLE_MS)
    this.idle.unref?.()
  }
}
