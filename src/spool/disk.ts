/** One open file of the spool. */
export interface SpoolFile {
  /**
   * Writes `bytes`, or those from `from` to `to`, at a position of the file and returns how many were taken: fewer than
   * given on a disk that is filling up. Throws ENOSPC, EIO.
   */
  write(bytes: Uint8Array, position: number, from?: number, to?: number): number
  /** Settles when everything written is on the disk. After a rejection nothing is known of what was written. */
  sync(): Promise<void>
  /** At most `length` bytes from `position` on; fewer at the file's end. */
  read(position: number, length: number): Uint8Array
  close(): void
}

/** The folder that the spool lives in, as far as the spool needs one; a test plays a worse one. */
export interface Disk {
  /** Creates a file that must not be there yet, and makes its name durable: at once, or `later`, with the file's first `sync`. */
  create(name: string, named?: 'now' | 'later'): SpoolFile
  open(name: string): SpoolFile
  /** Names and sizes of the files there, sorted by name. */
  list(): { name: string; bytes: number }[]
  remove(name: string): void
  /** Bytes that can still be written. */
  freeBytes(): number
}
