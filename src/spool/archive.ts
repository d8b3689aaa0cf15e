import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Disk } from './disk'
import { MAGIC_BYTES } from './frame'
import { forgetPages } from './page-cache'

export interface ArchiveOptions {
  /** Milliseconds since 1970. */
  date: () => number
  /** How long a segment is kept after its records were stored. */
  keepMs?: number
  /** All that are kept, together. */
  maxBytes?: number
  /** What is kept gives way when the disk has less than this. */
  leastFreeBytes?: number
}

const DEFAULTS = {
  keepMs: 24 * 3_600_000,
  maxBytes: 1024 * 1024 * 1024,
  leastFreeBytes: 512 * 1024 * 1024,
}

/**
 * Segments whose records are stored, kept for a day: a database that is promoted from a replica, or restored from a
 * backup, may have lost what it had confirmed. Several processes share the folder. The oldest go first, when they are
 * too old, too many, or the disk is short.
 */
export class Archive {
  private readonly folder: string
  private readonly options: Required<ArchiveOptions>

  /** Makes the folder if it is missing. Throws what the disk throws. */
  constructor(folder: string, options: ArchiveOptions) {
    this.folder = folder
    this.options = { ...DEFAULTS, ...options }
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  /** A folder of segments beside this one, from which they are removed into it. */
  behind(folder: string, disk: Disk): Disk {
    return {
      ...disk,
      remove: name => this.take(join(folder, name), name),
      freeBytes: () => {
        if (disk.freeBytes() < this.options.leastFreeBytes) this.trim()
        return disk.freeBytes()
      },
    }
  }

  /** Removes what is too old, too much, or in the way. */
  trim(): void {
    const { date, keepMs, maxBytes, leastFreeBytes } = this.options
    const stay: string[] = []
    let kept = 0
    for (const { name, bytes, storedAt } of this.newestFirst()) {
      kept += bytes
      if (kept > maxBytes || date() - storedAt > keepMs) this.remove(name)
      else stay.push(name)
    }
    for (const name of stay.reverse()) {
      if (this.freeBytes() >= leastFreeBytes) return
      this.remove(name)
    }
  }

  /** Keeps a segment, unless nothing was ever written to it; one that cannot be kept is removed: the spool needs its room. */
  private take(path: string, name: string): void {
    const place = join(this.folder, name)
    if (holdsFrames(path) && this.keep(path, place)) {
      coolDown(place)
      this.trim()
    } else unlinkSync(path)
  }

  private keep(path: string, place: string): boolean {
    try {
      const seconds = this.options.date() / 1_000
      utimesSync(path, seconds, seconds)
      renameSync(path, place)
      return true
    } catch {
      // It lies on another disk, or the folder is gone.
      return false
    }
  }

  private newestFirst() {
    return readdirSync(this.folder)
      .filter(name => name.endsWith('.spool'))
      .flatMap(name => {
        const found = statSync(join(this.folder, name), { throwIfNoEntry: false })
        return found ? [{ name, bytes: found.size, storedAt: found.mtimeMs }] : []
      })
      .toSorted((a, b) => b.storedAt - a.storedAt)
  }

  private remove(name: string): void {
    try {
      unlinkSync(join(this.folder, name))
    } catch {
      // Another process was faster.
    }
  }

  private freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return Number(bavail) * Number(bsize)
  }
}

/**
 * Hardly any is ever read again: 1 GB of memory is not for them. The next segment's pages are then made of what this one's
 * were; where a virtual machine gives back to its host what is free, filling other memory takes ten times as long.
 */
function coolDown(path: string): void {
  try {
    const descriptor = openSync(path, 'r')
    forgetPages(descriptor)
    closeSync(descriptor)
  } catch {
    // Another process has removed it.
  }
}

function holdsFrames(path: string): boolean {
  const descriptor = openSync(path, 'r')
  try {
    const start = Buffer.alloc(MAGIC_BYTES.length)
    readSync(descriptor, start, 0, start.length, 0)
    return start.equals(MAGIC_BYTES)
  } finally {
    closeSync(descriptor)
  }
}
