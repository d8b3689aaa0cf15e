import type { SpoolFile } from './disk'

/**
 * One file of the spool while it is written: bytes are appended in memory, handed to the kernel with `flush`,
 * and are safe once `sync` settled. A write that fails is undone: the next one starts where the last whole one ended.
 */
export class Segment {
  /** Handed to the kernel: safe from the process's death. */
  flushed = 0
  /** On the disk: safe from the machine's death. */
  synced = 0
  /** Requests whose dispatch stands here and whose end does not stand anywhere yet. */
  open = 0
  /** Up to here every record was stored. */
  shipped = 0
  readonly name: string
  readonly capacity: number
  private readonly file: SpoolFile
  private buffered: Uint8Array[] = []
  private bufferedBytes = 0

  /** The file's blocks are already there (it was filled with zeros), so that a disk that fills up cannot refuse a write. */
  constructor(name: string, file: SpoolFile, capacity: number) {
    this.name = name
    this.file = file
    this.capacity = capacity
  }

  get room(): number {
    return this.capacity - this.end
  }

  /** Where the next frame would begin. */
  get end(): number {
    return this.flushed + this.bufferedBytes
  }

  append(frame: Uint8Array): void {
    this.buffered.push(frame)
    this.bufferedBytes += frame.length
  }

  /** Hands what is buffered to the kernel, whole. Throws what the disk throws; nothing is lost, a later flush writes it again. */
  flush(): void {
    const [only] = this.buffered
    if (!only) return
    const bytes = this.buffered.length === 1 ? only : Buffer.concat(this.buffered)
    let written = 0
    while (written < bytes.length) {
      const count = this.file.write(bytes.subarray(written), this.flushed + written)
      // A full disk takes a part first and says so only the next time; taking nothing at all would loop for ever.
      if (count <= 0) throw Object.assign(new Error('the disk takes no more bytes'), { code: 'ENOSPC' })
      written += count
    }
    this.flushed += bytes.length
    this.buffered = []
    this.bufferedBytes = 0
  }

  /** Settles when everything that was flushed before the call is on the disk. */
  async sync(): Promise<void> {
    const target = this.flushed
    await this.file.sync()
    this.synced = Math.max(this.synced, target)
  }

  read(position: number, length: number): Uint8Array {
    return this.file.read(position, length)
  }

  /** Takes back the frame that was appended last and could not be flushed. */
  undo(frame: Uint8Array): void {
    if (this.buffered.at(-1) !== frame) return
    this.buffered.pop()
    this.bufferedBytes -= frame.length
  }

  close(): void {
    this.file.close()
  }
}
