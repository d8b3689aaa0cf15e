import { type Answer, keptHeaders } from './answer'

/** The contract's: a larger answer is not given again. */
const MOST_BYTES = 4 * 1024 * 1024
const LEAST_BYTES = 4096

/** Memory for all answers that are being noted. */
export interface Room {
  /** Takes so many bytes, if there are as many. */
  take(bytes: number): boolean
  give(bytes: number): void
}

/** What became of a request: its whole answer, that it was answered whole but cannot be kept, or that it was not. */
export type Kept = Answer | 'lost' | 'dropped'

/** Notes one answer while it goes to its caller, and says once what became of it. */
export class Keeping {
  /** Its bytes are noted one by one; otherwise the answer is taken whole. */
  isStream = false
  private bytes: Buffer<ArrayBuffer> = Buffer.alloc(0)
  private size = 0
  private isTooLarge = false
  private hasEnded = false
  private isWhole: boolean | undefined
  private head: { status: number; headers: [string, string][] } | undefined
  private isDone = false
  private readonly room: Room
  private readonly done: (kept: Kept) => void

  /** An answer that `done` is given takes its room until `forget`. */
  constructor(room: Room, done: (kept: Kept) => void) {
    this.room = room
    this.done = done
  }

  /** The next bytes of the answer. They are copied: their array may be the vendor's, and larger. */
  add(bytes: Uint8Array): void {
    if (this.isDone || this.isTooLarge) return
    if (!this.fits(bytes.length)) {
      this.isTooLarge = true
      this.forget()
      return
    }
    this.bytes.set(bytes, this.size)
    this.size += bytes.length
  }

  /** The answer's last byte was noted. */
  end(): void {
    this.hasEnded = true
    this.conclude()
  }

  /** The answer's status and headers. */
  begin({ status, headers }: Response): void {
    this.head = { status, headers: keptHeaders(headers) }
    this.conclude()
  }

  /** Whether the request was answered whole: known before its last bytes leave. */
  settled(isWhole: boolean): void {
    this.isWhole ??= isWhole
    this.conclude()
  }

  /** Gives its memory back. */
  forget(): void {
    this.room.give(this.bytes.length)
    this.bytes = Buffer.alloc(0)
    this.size = 0
  }

  /** Makes room for so many bytes more, if there may be. */
  private fits(more: number): boolean {
    const needed = this.size + more
    if (needed <= this.bytes.length) return true
    const length = Math.min(MOST_BYTES, Math.max(needed, 2 * this.bytes.length, LEAST_BYTES))
    if (needed > MOST_BYTES || !this.room.take(length - this.bytes.length)) return false
    const larger = Buffer.allocUnsafeSlow(length)
    larger.set(this.bytes.subarray(0, this.size))
    this.bytes = larger
    return true
  }

  private conclude(): void {
    if (this.isDone) return
    if (this.isWhole === false) this.finish('dropped')
    else if (this.isWhole && this.hasEnded && this.head) this.finish(this.kept(this.head))
  }

  private kept(head: { status: number; headers: [string, string][] }): Kept {
    return this.isTooLarge ? 'lost' : { ...head, body: this.bytes.subarray(0, this.size) }
  }

  private finish(kept: Kept): void {
    this.isDone = true
    if (typeof kept === 'string') this.forget()
    this.done(kept)
  }
}
