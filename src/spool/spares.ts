import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Disk, SpoolFile } from './disk'
import { codeOf, noRoom } from './disk-error'
import { Segment } from './segment'

export interface SparesDeps {
  disk: Disk
  clock: Clock
  log: Log
  boot: string
  nextTurn: (run: () => void) => void
  segmentBytes: number
  /** All segments together; beyond it no new one is begun. */
  maxBytes: number
  /** A full disk keeps this much for others. */
  leastFreeBytes: number
  /** Segments that exist besides the spares. */
  inUse: () => number
  onReady: () => void
}

const RETRY_MS = 1_000
/** What is appended between two turns of the loop, and more than the two longest frames. */
const OUTBOX_BYTES = 512 * 1024
/**
 * What one write fills. The kernel keeps it as one piece of its cache, up to as much as it likes, and walks the whole piece
 * for each small write into it afterwards: of 1 MB that is half of what such a write costs.
 */
const ZEROS = new Uint8Array(64 * 1024)
/** A turn of the event loop fills no more, about 0.1 ms: turns are long under load, and a segment must be ready before it is needed. */
const TURN_BYTES = 256 * 1024

/** Makes segments ahead of need: filled with zeros and synced, so that writing to them needs no room and no metadata. */
export class Spares {
  private readonly ready: Segment[] = []
  private readonly outbox = Buffer.allocUnsafeSlow(OUTBOX_BYTES)
  private readonly deps: SparesDeps
  private sequence = 0
  private isPreparing = false
  private isClosed = false
  private triedAt = Number.NEGATIVE_INFINITY

  constructor(deps: SparesDeps) {
    this.deps = deps
  }

  get room(): number {
    return this.ready.length * this.deps.segmentBytes
  }

  take(): Segment | undefined {
    return this.ready.shift()
  }

  /** A first segment, at once; it still has to be synced. Throws what the disk throws. */
  makeFirst(): Segment {
    const { name, file } = this.create('now')
    this.fill(file, 0, this.deps.segmentBytes)
    return new Segment(name, file, this.deps.segmentBytes, this.outbox)
  }

  /** Sees to it that so many lie ready, one after the other, a piece a turn. A disk that refuses is asked again a second later. */
  keep(wanted: number): void {
    const { clock } = this.deps
    if (this.ready.length >= wanted || this.isPreparing || this.isClosed) return
    if (clock.now() - this.triedAt < RETRY_MS) return
    this.triedAt = clock.now()
    this.isPreparing = true
    void this.prepare()
  }

  close(): void {
    this.isClosed = true
    for (const segment of this.ready.splice(0)) this.discard(segment.name, segment)
  }

  private async prepare(): Promise<void> {
    let made: { name: string; file: SpoolFile } | undefined
    try {
      this.checkRoom()
      made = this.create('later')
      for (let at = 0; at < this.deps.segmentBytes && !this.isClosed; at += TURN_BYTES) {
        await new Promise<void>(resolve => this.deps.nextTurn(resolve))
        this.fill(made.file, at, Math.min(at + TURN_BYTES, this.deps.segmentBytes))
      }
      await made.file.sync()
      this.accept(made.name, made.file)
    } catch (error) {
      if (made) this.discard(made.name, made.file)
      this.deps.log.error('the spool cannot grow: new requests may be refused', { code: codeOf(error) })
    } finally {
      this.isPreparing = false
    }
    this.deps.onReady()
  }

  private accept(name: string, file: SpoolFile): void {
    if (this.isClosed) {
      this.discard(name, file)
      return
    }
    this.ready.push(new Segment(name, file, this.deps.segmentBytes, this.outbox))
    this.triedAt = Number.NEGATIVE_INFINITY
  }

  private checkRoom(): void {
    const { disk, segmentBytes, maxBytes, leastFreeBytes, inUse } = this.deps
    if ((inUse() + this.ready.length + 1) * segmentBytes > maxBytes) throw noRoom()
    if (disk.freeBytes() < segmentBytes + leastFreeBytes) throw noRoom()
  }

  private create(named: 'now' | 'later'): { name: string; file: SpoolFile } {
    const name = `${this.deps.boot}-${String(++this.sequence).padStart(8, '0')}.spool`
    return { name, file: this.deps.disk.create(name, named) }
  }

  private fill(file: SpoolFile, from: number, to: number): void {
    for (let at = from; at < to; at += ZEROS.length) {
      const count = Math.min(ZEROS.length, to - at)
      if (file.write(ZEROS, at, 0, count) !== count) throw noRoom('the disk is full')
    }
  }

  /** An unused segment holds nothing: where it cannot be removed, it stays as zeros. */
  private discard(name: string, file: { close(): void }): void {
    try {
      file.close()
      this.deps.disk.remove(name)
    } catch (error) {
      this.deps.log.warn('an empty segment could not be removed', { segment: name, code: codeOf(error) })
    }
  }
}
