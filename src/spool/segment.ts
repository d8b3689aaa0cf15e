import { Roster } from '../lib/roster'
import type { SpoolFile } from './disk'
import { noRoom } from './disk-error'
import { type FrameKind, writeFrame } from './frame'
import type { Page } from './page'
import type { Ticket } from './ticket'
import type { Waiter } from './waiter'

/**
 * One file of the spool while it is written: frames are appended in memory, handed to the kernel with `flush`,
 * and are safe once `sync` settled. One that failed to write or sync is never written or synced again: after a failed
 * sync the kernel calls the lost pages clean, and the next sync would say that all is well.
 */
export class Segment {
  /** Handed to the kernel: safe from the process's death. */
  flushed = 0
  /** On the disk: safe from the machine's death. */
  synced = 0
  /** Up to here every record was stored. */
  shipped = 0
  /** Reads in a row that the disk refused. */
  failedReads = 0
  hasFailed = false
  /** Holds something that nobody here can read: the file outlives its use. */
  isKept = false
  /** Requests whose dispatch stands here and whose end is not safe yet. */
  readonly tickets = new Roster<Ticket>()
  /** From here on every end that stands here is in `pages` too. */
  rememberedFrom = 0
  /** What is remembered of it, in the order of their positions. */
  pages: Page[] = []
  /** Who waits for a sync, in the order of their positions. */
  waiters: Waiter[] = []
  readonly name: string
  readonly capacity: number
  private readonly file: SpoolFile
  /** Where frames wait for `flush`: all segments share it, since only the one that is written has any there. */
  private readonly outbox: Buffer
  private bufferedBytes = 0
  private syncs = 0
  private isClosed = false

  /** The file's blocks are already there (it was filled with zeros), so that a disk that fills up cannot refuse a write. */
  constructor(name: string, file: SpoolFile, capacity: number, outbox: Buffer) {
    this.name = name
    this.file = file
    this.capacity = capacity
    this.outbox = outbox
  }

  get room(): number {
    return this.hasFailed ? 0 : this.capacity - this.end
  }

  /** Where the next frame would begin. */
  get end(): number {
    return this.flushed + this.bufferedBytes
  }

  /** Whether so many bytes fit into memory before the next `flush`. */
  canBuffer(bytes: number): boolean {
    return this.bufferedBytes + bytes <= this.outbox.length
  }

  append(kind: FrameKind, payload: string): void {
    this.bufferedBytes = writeFrame(this.outbox, this.bufferedBytes, kind, payload)
  }

  /** Hands what is buffered to the kernel, whole. Throws what the disk throws: the segment has then failed. */
  flush(): void {
    let written = 0
    while (written < this.bufferedBytes) {
      const count = this.file.write(this.outbox, this.flushed + written, written, this.bufferedBytes)
      // A full disk takes a part first and says so only the next time; taking nothing at all would loop for ever.
      if (count <= 0) throw noRoom('the disk takes no more bytes')
      written += count
    }
    this.flushed += written
    this.discard()
  }

  /** Copies the last so many bytes of what is buffered. */
  copyTail(bytes: number, into: Buffer, at: number): void {
    this.outbox.copy(into, at, this.bufferedBytes - bytes, this.bufferedBytes)
  }

  /** Forgets what is buffered. */
  discard(): void {
    this.bufferedBytes = 0
  }

  /** Settles when everything that was flushed before the call is on the disk. */
  async sync(): Promise<void> {
    const target = this.flushed
    this.syncs++
    try {
      await this.file.sync()
      this.synced = Math.max(this.synced, target)
    } finally {
      this.syncs--
      if (this.isClosed && this.syncs === 0) this.file.close()
    }
  }

  /** Takes out those whose position is on the disk. */
  takeSafe(): Waiter[] {
    const count = this.waiters.findIndex(({ end }) => end > this.synced)
    return this.waiters.splice(0, count === -1 ? this.waiters.length : count)
  }

  read(position: number, length: number): Uint8Array {
    return this.file.read(position, length)
  }

  /** Closes the file, after the sync that is under way: its number must not become another file's meanwhile. */
  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    if (this.syncs === 0) this.file.close()
  }
}
