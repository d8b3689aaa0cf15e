import type { Price } from '../catalog/price'
import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Disk } from '../spool/disk'
import { codeOf } from '../spool/disk-error'
import { recover } from './recover'
import type { WrittenBatch } from './written-record'

export interface AdoptDeps {
  clock: Pick<Clock, 'now'>
  /** The folders of all processes, dead and alive, by name. */
  folders: () => readonly string[]
  /** Takes a folder if no live process has it; undefined if one has. */
  tryLock: (folder: string) => { release(): void } | undefined
  disk: (folder: string) => Disk
  /** Removes a folder that holds nothing but its lock, while the lock is held. */
  remove: (folder: string) => void
  log: Log
  /** Hears of the price of each request before a record that names it is stored. */
  notePrice?: (price: Price) => void
  /** Stores a batch, idempotent by request id. Rejects while the store is away. */
  write: (batch: WrittenBatch) => Promise<void>
  /** Everything of a process that died is stored, and nothing of it was lost. Rejects while the store is away. */
  settled?: (folder: string) => Promise<void>
}

/** How often the folders are looked through: a dead process's budgets are held until then. */
const EVERY_MS = 5_000
const LONGEST_RETRY_MS = 30_000
/** After a folder of which something was not stored; each further time doubles it. */
const SHORTEST_RETRY_MS = 1_000

/** Settles what dead processes left: at start, and again from time to time. */
export class Adoption {
  /** Another version's: looked at once. */
  private readonly foreign = new Set<string>()
  private round: Promise<void> | undefined
  /** Those of which something was not stored: how often in a row, and when each is looked at again. */
  private readonly failing = new Map<string, { times: number; at: number }>()
  private readonly deps: AdoptDeps

  constructor(deps: AdoptDeps) {
    this.deps = deps
  }

  /** Looks through all folders once, but for those that failed just now; never rejects. What the store did not take now is taken later. */
  run(): Promise<void> {
    this.round ??= this.adoptAll().finally(() => {
      this.round = undefined
    })
    return this.round
  }

  /** When to look again, after a round: every 5 s, and sooner where a folder's time comes. */
  get nextInMs(): number {
    const now = this.deps.clock.now()
    let nextAt = now + EVERY_MS
    for (const { at } of this.failing.values()) nextAt = Math.min(nextAt, at)
    return Math.max(SHORTEST_RETRY_MS, Math.ceil(nextAt - now))
  }

  private async adoptAll(): Promise<void> {
    const folders = this.foldersNow()
    if (!folders) return
    for (const folder of this.failing.keys()) if (!folders.includes(folder)) this.failing.delete(folder)
    for (const folder of folders) {
      const failure = this.failing.get(folder)
      if (this.foreign.has(folder) || (failure && failure.at > this.deps.clock.now())) continue
      try {
        await this.adopt(folder)
        this.failing.delete(folder)
      } catch (error) {
        this.putOff(folder, (failure?.times ?? 0) + 1)
        const cause = error instanceof Error ? error.name : 'unknown'
        this.deps.log.warn('the spool of a process that died is not stored yet', { folder, cause })
      }
    }
  }

  /** A process without a descriptor left cannot look: it goes on, and looks the next time. */
  private foldersNow(): readonly string[] | undefined {
    try {
      return this.deps.folders()
    } catch (error) {
      const code = codeOf(error)
      this.deps.log.warn('the spools of processes that died could not be looked through', { code })
      return undefined
    }
  }

  private putOff(folder: string, times: number): void {
    const pauseMs = Math.min(SHORTEST_RETRY_MS * 2 ** (times - 1), LONGEST_RETRY_MS)
    this.failing.set(folder, { times, at: this.deps.clock.now() + pauseMs })
  }

  private async adopt(folder: string): Promise<void> {
    const { tryLock, disk, remove, settled, ...deps } = this.deps
    const lock = tryLock(folder)
    if (!lock) return
    try {
      const { foreignFrames, damagedBytes } = await recover({ ...deps, disk: disk(folder) })
      if (foreignFrames > 0) this.foreign.add(folder)
      else {
        // Of requests that the disk has lost nobody knows what they cost: the process's budgets are not given back.
        if (damagedBytes === 0) await settled?.(folder)
        remove(folder)
      }
    } finally {
      lock.release()
    }
  }
}
