import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Disk, SpoolFile } from './disk'
import { encodeFrame, type FrameKind } from './frame'
import { Segment } from './segment'

export interface SpoolDeps {
  disk: Disk
  clock: Clock
  log: Log
  /** Tells this process's segments from those of others: letters, digits and dashes. */
  boot: string
  /** Runs when this turn of the event loop is over. */
  nextTurn: (run: () => void) => void
  /** sync: `commit` settles when the record is on the disk; async: when the kernel has it. */
  durability: 'sync' | 'async'
  segmentBytes?: number
  /** All segments together; beyond it no new one is begun. */
  maxBytes?: number
}

const SEGMENT_BYTES = 8 * 1024 * 1024
const MAX_BYTES = 2 * 1024 * 1024 * 1024
/** What is kept for the ends of requests that are already under way. */
const RESERVE_BYTES = 1024 * 1024
/** A full disk keeps this much for others. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024
/** How long a group may grow before it is synced. */
const GROUP_MS = 1
const ASYNC_MS = 100
const RETRY_MS = 1_000

interface Waiter {
  segment: Segment
  position: number
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * The durable record of what this process does, before any database hears of it.
 *
 * 1. `put` hands a frame to the kernel before it returns: the process may die.
 * 2. `commit` settles when its frame is on the disk: the machine may die. Everything that arrives while one sync
 *    runs goes with the next one; a sync begins when a turn of the loop brought no more, so a lone record waits for nobody.
 * 3. Segments are filled with zeros before they are used, one ahead: a disk that is full refuses new requests
 *    (`hasRoom`), never the end of one that was begun.
 */
export class Spool {
  private current: Segment
  private spare: Segment | undefined
  private readonly full: Segment[] = []
  private sequence = 0
  private waiters: Waiter[] = []
  private isSyncing = false
  private isPreparing = false
  private triedAt = Number.NEGATIVE_INFINITY
  private readonly deps: SpoolDeps
  private readonly segmentBytes: number
  private readonly maxBytes: number

  /** Throws if the first segment cannot be made. */
  constructor(deps: SpoolDeps) {
    this.deps = deps
    this.segmentBytes = deps.segmentBytes ?? SEGMENT_BYTES
    this.maxBytes = deps.maxBytes ?? MAX_BYTES
    const { name, file } = this.create()
    for (let at = 0; at < this.segmentBytes; at += ZEROS.length) fill(file, at, this.segmentBytes)
    this.current = new Segment(name, file, this.segmentBytes)
    this.prepare()
  }

  /** False when the end of one more request might not find a place; asks the disk again once a second. */
  hasRoom(): boolean {
    if (this.spare !== undefined) return true
    if (this.current.room > this.segmentBytes / 2) return true
    this.prepare()
    return this.current.room > RESERVE_BYTES
  }

  /** Segments that hold something, the oldest first. */
  get segments(): readonly Segment[] {
    return [...this.full, this.current]
  }

  /** Hands a frame to the kernel. Returns the segment that now holds it; throws what the disk throws, and then it is not there. */
  put(kind: FrameKind, payload: string): Segment {
    const frame = encodeFrame(kind, payload)
    const segment = this.segmentFor(frame)
    segment.append(frame)
    try {
      segment.flush()
    } catch (error) {
      segment.undo(frame)
      throw error
    }
    return segment
  }

  /** Settles when the frame is as safe as the durability asks for; rejects if the disk failed: it is then not known to be there. */
  commit(kind: FrameKind, payload: string): Promise<void> {
    const frame = encodeFrame(kind, payload)
    const segment = this.segmentFor(frame)
    segment.append(frame)
    const position = segment.end
    const safe = new Promise<void>((resolve, reject) =>
      this.waiters.push({ segment, position, resolve, reject }),
    )
    if (!this.isSyncing) this.gather(this.deps.clock.now(), 0)
    return safe
  }

  /** Removes a segment that nobody needs any more. */
  drop(segment: Segment): void {
    const index = this.full.indexOf(segment)
    if (index === -1) return
    this.full.splice(index, 1)
    segment.close()
    this.deps.disk.remove(segment.name)
  }

  /** Syncs what is left and closes every file; nothing may be put afterwards. */
  async close(): Promise<void> {
    while (this.waiters.length > 0 || this.isSyncing)
      await new Promise<void>(resolve => this.deps.nextTurn(resolve))
    for (const segment of [...this.segments, ...(this.spare ? [this.spare] : [])]) segment.close()
    if (this.spare) this.deps.disk.remove(this.spare.name)
  }

  private segmentFor(frame: Uint8Array): Segment {
    if (frame.length <= this.current.room) return this.current
    if (!this.spare) throw Object.assign(new Error('the spool has no room'), { code: 'ENOSPC' })
    this.current.flush()
    this.full.push(this.current)
    this.current = this.spare
    this.spare = undefined
    this.prepare()
    return this.current
  }

  /** Waits while a turn of the loop brings more records, at most GROUP_MS; an idle gateway waits one turn. */
  private gather(since: number, seen: number): void {
    this.isSyncing = true
    const { clock, nextTurn } = this.deps
    nextTurn(() => {
      if (this.waiters.length > seen && clock.now() - since < GROUP_MS)
        this.gather(since, this.waiters.length)
      else void this.syncGroup()
    })
  }

  private async syncGroup(): Promise<void> {
    const group = this.waiters
    this.waiters = []
    for (const segment of new Set(group.map(waiter => waiter.segment))) {
      const waiting = group.filter(waiter => waiter.segment === segment)
      try {
        segment.flush()
        if (this.deps.durability === 'sync') await segment.sync()
        else this.syncLater(segment)
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        this.deps.log.error('the spool could not be written', { code: codeOf(error) })
        for (const { reject } of waiting) reject(error)
      }
    }
    this.isSyncing = false
    if (this.waiters.length > 0) this.gather(this.deps.clock.now(), this.waiters.length)
  }

  private syncLater(segment: Segment): void {
    setTimeout(() => {
      segment
        .sync()
        .catch(error => this.deps.log.error('the spool could not be synced', { code: codeOf(error) }))
    }, ASYNC_MS)
  }

  /** Makes the next segment ahead of need, a piece a turn. A disk that refuses is asked again a second later. */
  private prepare(): void {
    const { clock, disk, log } = this.deps
    if (this.isPreparing || this.spare || clock.now() - this.triedAt < RETRY_MS) return
    this.triedAt = clock.now()
    const used = (this.full.length + 1) * this.segmentBytes
    if (used + this.segmentBytes > this.maxBytes || disk.freeBytes() < this.segmentBytes + LEAST_FREE_BYTES) {
      log.error('the spool cannot grow: new requests will be refused', { segments: this.full.length + 1 })
      return
    }
    this.isPreparing = true
    try {
      const { name, file } = this.create()
      this.fillByTurns(name, file, 0)
    } catch (error) {
      this.giveUpPreparing(error)
    }
  }

  private fillByTurns(name: string, file: SpoolFile, at: number): void {
    this.deps.nextTurn(() => {
      try {
        fill(file, at, this.segmentBytes)
        if (at + ZEROS.length < this.segmentBytes) this.fillByTurns(name, file, at + ZEROS.length)
        else {
          this.spare = new Segment(name, file, this.segmentBytes)
          this.isPreparing = false
          this.triedAt = Number.NEGATIVE_INFINITY
        }
      } catch (error) {
        file.close()
        this.deps.disk.remove(name)
        this.giveUpPreparing(error)
      }
    })
  }

  private giveUpPreparing(error: unknown): void {
    this.isPreparing = false
    this.deps.log.error('the spool cannot grow: new requests will be refused', { code: codeOf(error) })
  }

  private create(): { name: string; file: SpoolFile } {
    const name = `${this.deps.boot}-${String(++this.sequence).padStart(8, '0')}.spool`
    return { name, file: this.deps.disk.create(name) }
  }
}

const ZEROS = new Uint8Array(1024 * 1024)

function fill(file: SpoolFile, at: number, end: number): void {
  const bytes = ZEROS.subarray(0, Math.min(ZEROS.length, end - at))
  if (file.write(bytes, at) !== bytes.length)
    throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
