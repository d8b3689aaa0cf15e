import {
  closeSync,
  fdatasync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk, SpoolFile } from './disk'

/** A folder of the real file system, made if it is missing, readable by its owner alone. */
export function nodeDisk(folder: string): Disk {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    create(name, named = 'now') {
      const descriptor = openSync(join(folder, name), 'wx+', 0o600)
      if (named === 'later') return spoolFile(descriptor, () => syncFolderLater(folder))
      try {
        syncFolder(folder)
      } catch (error) {
        closeSync(descriptor)
        throw error
      }
      return spoolFile(descriptor)
    },
    open: name => spoolFile(openSync(join(folder, name), 'r+')),
    list: () =>
      readdirSync(folder)
        .toSorted()
        .flatMap(name => {
          const found = statSync(join(folder, name), { throwIfNoEntry: false })
          return found ? [{ name, bytes: found.size }] : []
        }),
    remove: name => unlinkSync(join(folder, name)),
    freeBytes() {
      const { bavail, bsize } = statfsSync(folder)
      return Number(bavail) * Number(bsize)
    },
  }
}

/** `first` is done once, after its first sync and as a part of that. */
function spoolFile(descriptor: number, first?: () => Promise<void>): SpoolFile {
  const sync = () =>
    new Promise<void>((resolve, reject) => {
      fdatasync(descriptor, error => (error ? reject(error) : resolve()))
    })
  const syncFirst = async (then: () => Promise<void>) => {
    await sync()
    await then()
    first = undefined
  }
  return {
    write: (bytes, position, from = 0, to = bytes.length) =>
      writeSync(descriptor, bytes, from, to - from, position),
    sync: () => (first ? syncFirst(first) : sync()),
    read(position, length) {
      const bytes = Buffer.allocUnsafe(length)
      const count = readSync(descriptor, bytes, 0, length, position)
      return bytes.subarray(0, count)
    },
    close: () => closeSync(descriptor),
  }
}

/** A new file's name is on the disk only when its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The same beside the event loop, which a busy disk would hold up for as long as it takes. */
async function syncFolderLater(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
