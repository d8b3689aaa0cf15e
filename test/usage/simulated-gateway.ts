import { silentLog } from '../../src/lib/log'
import { Spool } from '../../src/spool/spool'
import type { Ticket } from '../../src/spool/ticket'
import { encodeCheckpoint, encodeDispatch } from '../../src/usage/journal'
import type { UsageRecord } from '../../src/usage/record'
import { Shipper } from '../../src/usage/shipper'
import { batchOf, ChargeTally, writtenRecord } from '../../src/usage/written-record'
import { FakeClock } from '../gateway/fake-clock'
import type { Chance } from '../spool/chance'
import type { FakeDisk } from '../spool/fake-disk'
import type { FakeStore } from './fake-store'
import { sampleCheckpoint, sampleDispatch, sampleRecord, sampleRejection } from './sample'

/** What the vendor knows of a request, and what the gateway was told of its record. */
export interface SimulatedRequest {
  id: string
  record: UsageRecord
  ticket: Ticket | undefined
  /** Its dispatch was handed over, so the vendor was dialled. */
  isBilled: boolean
  /** It was begun, and leaves with the next turn. */
  isLeaving: boolean
  /** It went to one vendor and then was begun at another. */
  isSentAgain: boolean
  /** The record was offered; it may be there even if nobody was told so. */
  isOffered: boolean
  /** The spool said that the record is safe. */
  isSafe: boolean
  /** The record is kept in memory until the spool or the store takes it. */
  isHeld: boolean
  /** Output of the last checkpoint that the kernel has. */
  flushedOutput: number
  /** Of the furthest checkpoint that was ever noted. */
  notedOutput: number
  output: number
}

const MOST_IN_FLIGHT = 3

/**
 * One gateway process in a world where everything happens when chance says so: requests begin, go on and end, turns
 * pass, the disk answers a sync, the database a batch. It ends when all its work is done or its disk says that it is dead.
 */
export class SimulatedGateway {
  readonly requests: SimulatedRequest[] = []
  readonly clock = new FakeClock()
  /** The kernel forgot pages, and the spool had no chance to write them again. */
  hasForgotten = false
  readonly spool: Spool
  readonly shipper: Shipper
  private readonly turns: (() => void)[] = []
  private readonly timers: { at: number; run: () => void }[] = []
  private isShipping = false
  /** The first request outlives all others, and most segments. */
  private readonly hasLongOne: boolean

  readonly disk: FakeDisk
  readonly store: FakeStore
  readonly chance: Chance
  private readonly most: number

  constructor(disk: FakeDisk, store: FakeStore, chance: Chance, most: number, durability: 'sync' | 'async') {
    this.disk = disk
    this.store = store
    this.chance = chance
    this.most = most
    this.hasLongOne = chance.happens(0.5)
    this.spool = new Spool({
      disk,
      clock: this.clock,
      log: silentLog,
      boot: 'a',
      nextTurn: run => this.turns.push(run),
      later: (run, delayMs) => this.timers.push({ at: this.clock.now() + delayMs, run }),
      durability,
      segmentBytes: 4_096,
      maxBytes: 20 * 4_096,
      leastFreeBytes: 0,
      reservedBytes: 750,
      memoryBytes: chance.pick([0, 2_500, 5_000, 1_000_000]),
      pageBytes: 2_500,
      newTally: () => new ChargeTally(),
    })
    this.shipper = new Shipper({
      spool: this.spool,
      clock: this.clock,
      log: silentLog,
      write: store.writeLater,
    })
  }

  /** Lives until the work is done, or it dies; false if it did. */
  async live(): Promise<boolean> {
    for (let step = 0; step < 5_000; step++) {
      if (this.disk.isDead) return false
      if (this.isDone()) return this.leave()
      const forgotten = this.disk.forgotten
      this.act()
      await new Promise(resolve => setImmediate(resolve))
      if (this.disk.isDead && this.disk.forgotten > forgotten) this.hasForgotten = true
    }
    throw new Error('the simulated gateway does not come to an end')
  }

  private isDone(): boolean {
    return (
      this.requests.length >= this.most &&
      this.requests.every(({ isSafe }) => isSafe) &&
      this.shipper.backlogBytes === 0
    )
  }

  private async leave(): Promise<boolean> {
    this.disk.faults = { ...this.disk.faults, failedRead: 0 }
    this.store.trouble = 0
    let isClosed = false
    void this.shipper
      .drain()
      .then(() => this.spool.close())
      .then(() => {
        isClosed = true
      })
    for (let step = 0; step < 500 && !isClosed && !this.disk.isDead; step++) {
      this.passTime()
      await new Promise(resolve => setImmediate(resolve))
    }
    return isClosed
  }

  private act(): void {
    const draw = this.chance.below(10)
    if (draw < 2) this.beginOne()
    else if (draw < 4) this.goOn()
    else if (draw < 5) this.ship()
    else this.passTime()
  }

  private passTime(): void {
    const draw = this.chance.below(4)
    if (draw === 0) this.passTurn()
    else if (draw === 1 && this.disk.syncs > 0) this.disk.answerSync()
    else if (draw === 2) this.store.answer()
    else {
      this.clock.advance(this.chance.pick([0.2, 5, 60, 1_100]))
      const due = this.timers.filter(({ at }) => at <= this.clock.now())
      for (const timer of due) this.timers.splice(this.timers.indexOf(timer), 1)
      for (const { run } of due) run()
    }
  }

  private passTurn(): void {
    this.handOver()
    for (const run of this.turns.splice(0)) run()
  }

  private ship(): void {
    if (this.isShipping) return
    this.isShipping = true
    void this.shipper.drain().then(() => {
      this.isShipping = false
    })
  }

  private beginOne(): void {
    const open = this.requests.filter(({ isSafe }) => !isSafe)
    if (this.requests.length >= this.most || open.length >= MOST_IN_FLIGHT) return
    const id = `request-${this.requests.length}`
    const isSent = this.chance.happens(0.8) && this.spool.hasRoom()
    const request: SimulatedRequest = {
      id,
      record: isSent ? sampleRecord(id, this.chance.below(1_000)) : sampleRejection(id),
      ticket: undefined,
      isBilled: false,
      isLeaving: false,
      isSentAgain: false,
      isOffered: false,
      isSafe: false,
      isHeld: false,
      flushedOutput: 0,
      notedOutput: 0,
      output: 0,
    }
    this.requests.push(request)
    if (isSent) this.dispatch(request)
    if (!request.ticket) this.end(request)
  }

  private dispatch(request: SimulatedRequest): void {
    try {
      request.ticket = this.spool.begin(encodeDispatch(sampleDispatch(request.id)), request.ticket)
    } catch {
      if (!request.ticket) request.record = sampleRejection(request.id)
      return
    }
    request.isLeaving = true
    request.isSentAgain ||= request.isBilled
    request.flushedOutput = 0
    request.output = 0
    if (this.chance.happens(0.6)) this.handOver()
  }

  /** All that were begun leave together; each that the kernel does not have stays. */
  private handOver(): void {
    for (const request of this.requests) {
      const { ticket } = request
      // Of one that has its end already nothing leaves any more.
      if (!request.isLeaving || !ticket || request.isOffered) continue
      request.isLeaving = false
      try {
        this.spool.handOver(ticket)
        request.isBilled ||= !this.disk.isDead
      } catch {
        this.giveUp(request, ticket)
      }
    }
  }

  /** As a refused request, if it has never left: its record has no place. */
  private giveUp(request: SimulatedRequest, { state }: Ticket): void {
    if (state !== 'ended') return
    if (request.isBilled) throw new Error(`${request.id} was billed and is given up`)
    request.ticket = undefined
    request.record = sampleRejection(request.id)
    this.end(request)
  }

  private goOn(): void {
    const live = this.requests.filter(({ isSafe, isOffered, isHeld }) => !isSafe && (isHeld || !isOffered))
    if (live.length === 0) return
    const request = this.chance.pick(live)
    const draw = this.chance.below(10)
    if (request.isHeld) this.retry(request)
    else if (draw < 1) this.dispatch(request)
    else if (draw < 5) this.checkpoint(request)
    else if (!this.isLong(request)) this.end(request)
  }

  private isLong({ id }: SimulatedRequest): boolean {
    if (!this.hasLongOne || id !== 'request-0') return false
    return this.requests.length < this.most || this.requests.slice(1).some(({ isSafe }) => !isSafe)
  }

  private checkpoint(request: SimulatedRequest): void {
    if (!request.ticket) return
    request.output++
    request.notedOutput = Math.max(request.notedOutput, request.output)
    const isRoomy = this.spool.hasRoom()
    this.spool.note(encodeCheckpoint(sampleCheckpoint(request.id, request.output)), request.ticket)
    if (this.chance.happens(0.5)) return
    this.spool.flush()
    if (isRoomy && !this.disk.isDead) request.flushedOutput = request.output
  }

  private end(request: SimulatedRequest): void {
    request.isOffered = true
    request.isHeld = false
    const { text, ...value } = writtenRecord(request.record)
    this.spool.commit(text, request.ticket, value).then(
      () => {
        if (!this.disk.isDead) request.isSafe = true
      },
      () => {
        request.isHeld = true
      },
    )
  }

  /** The spool did not take it: it is offered again, or stored at once. */
  private retry(request: SimulatedRequest): void {
    if (this.chance.happens(0.7)) {
      this.end(request)
      return
    }
    request.isHeld = false
    this.store.writeLater(batchOf([writtenRecord(request.record)])).then(
      () => {
        if (request.ticket) this.spool.release(request.ticket)
        request.isSafe = true
      },
      () => {
        request.isHeld = true
      },
    )
  }
}
