import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Disk } from './disk'
import type { Tally } from './page'

export interface SpoolDeps {
  disk: Disk
  clock: Clock
  log: Log
  /** Tells this process's segments from those of others: letters, digits and dashes. */
  boot: string
  /** Runs when this turn of the event loop is over. */
  nextTurn: (run: () => void) => void
  /** Runs once, after so many milliseconds. */
  later: (run: () => void, delayMs: number) => void
  /** sync: `commit` settles when the record is on the disk; async: when the kernel has it, and it is synced within 100 ms. */
  durability: 'sync' | 'async'
  segmentBytes?: number
  /** All segments together; beyond it no new one is begun. */
  maxBytes?: number
  /** What a disk that fills up keeps for others. */
  leastFreeBytes?: number
  /** What is kept free for the end of every request that was begun. */
  reservedBytes?: number
  /** Of ends that are remembered for the shipper; what is beyond is read back from the disk. */
  memoryBytes?: number
  /** The memory is filled by pages of this length. */
  pageBytes?: number
  /** What is to be known of the ends of a page besides their payloads. */
  newTally?: () => Tally
}

export const DEFAULTS = {
  segmentBytes: 8 * 1024 * 1024,
  maxBytes: 2 * 1024 * 1024 * 1024,
  leastFreeBytes: 64 * 1024 * 1024,
  reservedBytes: 2 * 1024,
  memoryBytes: 8 * 1024 * 1024,
  pageBytes: 512 * 1024,
  newTally: () => ({ add: () => {} }),
}
