import type { Price } from '../catalog/price'
import type { Log } from '../lib/log'
import type { Disk } from '../spool/disk'
import { recover } from './recover'
import type { WrittenRecord } from './written-record'

export interface AdoptDeps {
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
  write: (records: readonly WrittenRecord[]) => Promise<void>
  /** Everything of a process that died is stored, and nothing of it was lost. Rejects while the store is away. */
  settled?: (folder: string) => Promise<void>
}

/** How often the folders are looked through: a dead process's budgets are held until then. */
const EVERY_MS = 5_000
const LONGEST_RETRY_MS = 30_000
/** After a round in which something was not stored; each further one doubles it. */
const SHORTEST_RETRY_MS = 1_000

/** Settles what dead processes left: at start, and again from time to time. */
export class Adoption {
  /** Another version's: looked at once. */
  private readonly foreign = new Set<string>()
  private round: Promise<void> | undefined
  /** Rounds in a row in which something was not stored. */
  private failures = 0
  private readonly deps: AdoptDeps

  constructor(deps: AdoptDeps) {
    this.deps = deps
  }

  /** Looks through all folders once; never rejects. What the store did not take now is taken the next time. */
  run(): Promise<void> {
    this.round ??= this.adoptAll().finally(() => {
      this.round = undefined
    })
    return this.round
  }

  /** When to look again, after a round: soon when something was not stored. */
  get nextInMs(): number {
    if (this.failures === 0) return EVERY_MS
    return Math.min(SHORTEST_RETRY_MS * 2 ** (this.failures - 1), LONGEST_RETRY_MS)
  }

  private async adoptAll(): Promise<void> {
    let hasFailed = false
    for (const folder of this.deps.folders()) {
      if (this.foreign.has(folder)) continue
      try {
        await this.adopt(folder)
      } catch (error) {
        hasFailed = true
        const cause = error instanceof Error ? error.name : 'unknown'
        this.deps.log.warn('the spool of a process that died is not stored yet', { folder, cause })
      }
    }
    this.failures = hasFailed ? this.failures + 1 : 0
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
