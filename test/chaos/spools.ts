import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { lockDataDir } from '../../src/db/lock'
import { type Frame, scanFrames } from '../../src/spool/frame'
import { decodeDispatch, decodeRecord } from '../../src/usage/journal'
import type { Chance } from '../spool/chance'

/** What was taken from a dead process's spool: the calls by their tag. */
export interface Destroyed {
  ends: Set<number>
  dispatches: Set<number>
}

/** The folder of the process with this pid, dead or alive: its newest, since who adopts another's signs there too. */
export function folderOf(spools: string, pid: number): string | undefined {
  return spoolFolders(spools)
    .toSorted()
    .findLast(name => {
      try {
        return readFileSync(join(spools, name, 'owner.pid'), 'utf8').trim() === `${pid}`
      } catch {
        return false
      }
    })
}

export function spoolFolders(spools: string): string[] {
  return existsSync(spools) ? readdirSync(spools) : []
}

/** Does something to a dead process's folder while nobody can adopt it; undefined if somebody is at it already. */
export function whileLocked<T>(folder: string, run: () => T): T | undefined {
  let lock: { release(): void }
  try {
    lock = lockDataDir(folder)
  } catch {
    return undefined
  }
  try {
    return run()
  } finally {
    lock.release()
  }
}

/** Keeps a copy of a dead process's segments, to be adopted once more. */
export function copySpool(folder: string, to: string): void {
  cpSync(folder, to, { recursive: true, filter: path => !/\/(?:lock\S*|owner\.pid)$/.test(path) })
}

/** Puts a copy among the spools, in one step. */
export function putBack(copy: string, spools: string, name: string): void {
  renameSync(copy, join(spools, name))
}

/** Cuts the tail of a dead process's newest segment that holds anything, or writes other bytes into it. */
export function damage(folder: string, chance: Chance): Destroyed | undefined {
  const segments = readdirSync(folder).filter(name => name.endsWith('.spool'))
  const name = segments.toSorted().findLast(each => scanFrames(readFileSync(join(folder, each))).end > 0)
  if (name === undefined) return undefined
  const path = join(folder, name)
  const before = scanFrames(readFileSync(path))
  const from = Math.max(0, before.end - 1 - chance.below(Math.min(before.end, 4_000)))
  if (chance.happens(0.5)) truncateSync(path, from)
  else scribble(path, from, Math.min(statSync(path).size - from, 1 + chance.below(200)), chance)
  return lost(before.frames, scanFrames(readFileSync(path)).frames)
}

function scribble(path: string, from: number, length: number, chance: Chance): void {
  const file = openSync(path, 'r+')
  writeSync(
    file,
    Buffer.from({ length } as ArrayLike<number>).map(() => chance.below(256)),
    0,
    length,
    from,
  )
  closeSync(file)
}

function lost(before: Frame[], after: Frame[]): Destroyed {
  const gone = (kind: Frame['kind']) => {
    const still = new Set(tagsOf(after, kind))
    return new Set(tagsOf(before, kind).filter(id => !still.has(id)))
  }
  return { ends: gone('end'), dispatches: gone('dispatch') }
}

/** Only those that carry a tag: a request that was refused unread has none, and costs nothing. */
function tagsOf(frames: Frame[], kind: Frame['kind']): number[] {
  return frames
    .filter(frame => frame.kind === kind)
    .flatMap(({ payload }) => {
      const text = Buffer.from(payload).toString('utf8')
      const { shape } = kind === 'end' ? decodeRecord(text) : decodeDispatch(text)
      return shape.maxTokens ?? []
    })
}
