import { Database } from 'bun:sqlite'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface DataDirLock {
  /** Gives the folder back; a second call does nothing. */
  release(): void
}

/** Keeps the locks from the garbage collector, which would give them back unasked. */
const held = new Set<Database>()

/**
 * Makes this process the only owner of a data folder (made, 0700, if missing); throws an Error of one line that names
 * the folder and the owner's pid if a live process has it. It is the kernel's lock on one file, held through SQLite:
 * it ends with its owner however that dies, so there is no stale lock to judge, no pid to mistake for another's, and
 * two containers that share a folder see each other. The file beside it only tells people who the owner is; a `guest`, who
 * cleans up after a dead one, leaves that one's name there.
 */
export function lockDataDir(dataDir: string, as: 'owner' | 'guest' = 'owner'): DataDirLock {
  const folder = resolve(dataDir)
  makeFolder(folder)
  const ownerFile = join(folder, 'owner.pid')
  const file = openExclusively(folder, ownerFile)
  if (as === 'owner') writeFileSync(ownerFile, `${process.pid}\n`, { mode: 0o600 })
  held.add(file)

  return {
    release() {
      if (!held.delete(file)) return
      if (as === 'owner') rmSync(ownerFile, { force: true })
      file.close()
    },
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new Error(
      `The data folder ${folder} cannot be made: ${reasonOf(error)}. Set DATA_DIR to another one.`,
      {
        cause: error,
      },
    )
  }
}

function openExclusively(folder: string, ownerFile: string): Database {
  const path = join(folder, 'lock')
  let file: Database | undefined
  try {
    file = new Database(path, { create: true, readwrite: true })
    // The lock lasts as long as the transaction, and nothing is ever written in it.
    file.run('PRAGMA journal_mode = MEMORY')
    file.run('BEGIN EXCLUSIVE')
    chmodSync(path, 0o600)
    return file
  } catch (error) {
    file?.close()
    if (isBusy(error)) {
      throw new Error(
        `The data folder ${folder} is in use by another process (pid ${readOwner(ownerFile)}): two would corrupt it.`,
      )
    }
    throw new Error(
      `The data folder ${folder} cannot be used: ${reasonOf(error)}. Set DATA_DIR to another one.`,
      { cause: error },
    )
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}

function readOwner(ownerFile: string): string {
  try {
    return readFileSync(ownerFile, 'utf8').trim() || 'unknown'
  } catch {
    return 'unknown'
  }
}

const REASONS: Record<string, string> = {
  EEXIST: 'a file of that name is in its place',
  ENOTDIR: 'what should be the folder around it is a file',
  EACCES: 'this user may not write there',
  EROFS: 'its disk is mounted read-only',
  ENOSPC: 'its disk is full',
  SQLITE_CANTOPEN: 'this user may not write in it',
  SQLITE_READONLY: 'this user may not write in it',
  SQLITE_FULL: 'its disk is full',
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}
