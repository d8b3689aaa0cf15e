import { Chain } from './chain'
import { codeOf, noRoom } from './disk-error'
import { frameBytes } from './frame'
import { GroupCommit } from './group-commit'
import { Memory } from './memory'
import type { Segment } from './segment'
import { DEFAULTS, type SpoolDeps } from './spool-deps'
import { beginAgain, confirmHandOver, forget, moveOnceSafe, newTicket, opened, type Ticket } from './ticket'
import { TRIES, Waiter } from './waiter'

/** Segments that may stand behind one that only long requests hold, before their beginnings are written again. */
const BEHIND = 4
const NOWHERE = 'no segment took the record'

/**
 * The durable record of what this process does, before any database hears of it.
 * 1. `begin` notes a request's dispatch, `handOver` hands it to the kernel, and all others with it: the process may die. One for
 *    whose end there would be no room is refused, so a full disk costs new requests and never the record of one that was begun.
 * 2. `commit` settles when its record is on the disk: the machine may die. Everything that arrives while one sync
 *    runs goes with the next one; a sync begins when a turn of the loop brought no more, so a lone record waits one turn.
 * 3. A segment that fails to write or sync is left at once: what it had not synced is written to the next one.
 *    A record may so stand in two segments; its request's id makes them one.
 * 4. Segments are removed oldest first, when the shipper stored all their records and all their requests have ended.
 */
export class Spool {
  /** The ends that were written lately. */
  readonly memory: Memory
  private readonly chain: Chain
  private readonly commits: GroupCommit
  /** Requests that were begun and whose end is not safe. */
  private open = 0
  /** Answered (async) and nowhere to be written at the moment. */
  private held: Waiter[] = []
  private isClosed = false
  private readonly deps: Required<SpoolDeps>

  /** Throws if the first segment cannot be made. */
  constructor(deps: SpoolDeps) {
    this.deps = { ...DEFAULTS, ...deps }
    this.memory = new Memory({ ...this.deps, flush: segment => this.chain.flush(segment) })
    this.chain = new Chain({
      ...this.deps,
      onFailure: (segment, error) => this.fail(segment, error),
      onReady: () => this.rehome(),
    })
    this.commits = new GroupCommit({
      ...this.deps,
      segments: () => this.segments,
      flush: segment => this.chain.flush(segment),
      fail: (segment, error) => this.fail(segment, error),
      settle: ({ ticket, resolve }, segment) => {
        if (ticket) this.release(ticket)
        resolve(segment)
      },
    })
    const first = this.chain.current
    first.sync().catch(error => this.fail(first, error))
    this.keepSpares()
  }

  /** False when the end of one more request might not find a place; asks the disk again once a second. */
  hasRoom(): boolean {
    this.keepSpares()
    return this.isRoomy(this.deps.reservedBytes, 1)
  }

  /** Segments that hold something, the oldest first. */
  get segments(): readonly Segment[] {
    return this.chain.segments
  }

  /** On the disk, those that are only held ready included. */
  get bytes(): number {
    return this.chain.bytes
  }

  /** Bytes that can be recorded until new requests are refused, if nothing were stored meanwhile. Asks the disk. */
  get roomBytes(): number {
    return this.chain.roomToGrow
  }

  /**
   * Says that a request goes to a vendor; with its ticket, that it goes to another one. It must not be sent before
   * `handOver` returned. Throws (code ENOSPC) when there is no room for the request's end.
   */
  begin(payload: string, ticket?: Ticket): Ticket {
    const bytes = frameBytes(payload)
    this.keepSpares()
    if (this.isClosed || !this.isRoomy(bytes, ticket ? 0 : 1)) throw noRoom()
    const segment = this.chain.append('dispatch', payload, bytes)
    if (!ticket) this.open++
    return ticket ? beginAgain(ticket, payload, segment) : newTicket(payload, segment)
  }

  /**
   * The kernel has the request's beginning, on return, and that of every other that was begun. Throws (code ENOSPC) when no
   * segment took it: it must not be sent then. One that has never left is given up by that.
   */
  handOver(ticket: Ticket): void {
    if (ticket.isHandedOver) return
    // A segment that fails has it written to the next one.
    this.flush()
    if (confirmHandOver(ticket)) return
    if (ticket.state === 'open' && !ticket.mayHaveLeft) this.release(ticket)
    throw noRoom(NOWHERE)
  }

  /** How far a request has come; reaches the kernel with the next `flush`, `handOver` or `commit`. Without room it is let go. */
  note(payload: string, ticket: Ticket): void {
    if (ticket.state !== 'open' || this.isClosed) return
    ticket.checkpoint = payload
    ticket.noted = this.append(payload) ?? ticket.noted
  }

  /** Hands everything that was noted to the kernel. */
  flush(): void {
    this.chain.flush()
  }

  /**
   * Settles when the record is as safe as the durability asks for. Rejects when no segment took it: it is then not known
   * to be there, its request counts as open, and the same call may be made again; or the record is stored elsewhere and
   * the ticket given back with `release`. A record without a ticket never takes the room of one that was begun. The
   * payload is one line; the value that it was made of is for the page's tally.
   */
  commit(payload: string, ticket?: Ticket, value?: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.isClosed || (!ticket && !this.isRoomy(frameBytes(payload)))) throw noRoom()
      if (ticket?.state === 'open') ticket.state = 'ending'
      const needsDisk = this.deps.durability === 'sync'
      this.enter(new Waiter({ payload, value, ticket, needsDisk, resolve: resolve as () => void, reject }))
    })
  }

  /** The request's record is safe without the spool. */
  release(ticket: Ticket): void {
    if (ticket.state !== 'ended') this.open--
    ticket.state = 'ended'
    forget(ticket)
  }

  /** Records that no segment takes although their owners were told (async): the shipper stores them from here. */
  get homeless(): readonly Waiter[] {
    return this.held
  }

  /** These were stored without the spool. */
  settleHomeless(stored: readonly Waiter[]): void {
    this.held = this.held.filter(waiter => !stored.includes(waiter))
    for (const { ticket } of stored) if (ticket) this.release(ticket)
  }

  /** Removes the oldest segments, as far as all their records were stored and all their requests have ended. */
  async prune(): Promise<void> {
    this.keepSpares()
    for (let oldest = this.chain.oldestShipped(); oldest; oldest = this.chain.oldestShipped()) {
      if (oldest.tickets.size > 0 && this.chain.isLongBehind(oldest, BEHIND)) await this.copy(opened(oldest))
      if (oldest.tickets.size > 0) return
      this.chain.drop(oldest)
    }
  }

  /** Leaves a segment that cannot be read to a later start: nothing more is written to it or read from it. False if it must stay yet. */
  setAside(segment: Segment): boolean {
    this.fail(segment, new Error('it cannot be read'))
    if (!this.chain.leave(segment) || segment.tickets.size > 0) return false
    this.memory.stored(segment, segment.end)
    this.chain.drop(segment, true)
    return true
  }

  /** Syncs what is left, removes what nobody needs and closes every file. Nothing may be begun afterwards. */
  async close(): Promise<void> {
    this.rehome()
    this.isClosed = true
    const { log } = this.deps
    await this.wait(undefined).catch(error => log.error('the spool is not synced', { code: codeOf(error) }))
    await this.prune()
    if (this.held.length > 0) log.error('records found no place', { records: this.held.length })
    this.chain.close()
  }

  /** Whether so many bytes fit beside the ends of all requests that were begun, and of so many more. */
  private isRoomy(bytes: number, more = 0): boolean {
    return this.chain.room - bytes >= (this.open + more) * this.deps.reservedBytes
  }

  private keepSpares(): void {
    const { reservedBytes, segmentBytes } = this.deps
    if (!this.isClosed) this.chain.keepSpares(1 + Math.floor((2 * this.open * reservedBytes) / segmentBytes))
  }

  /** Appends a checkpoint where it takes no room from the end of a request; the segment, or undefined if there is none. */
  private append(checkpoint: string): Segment | undefined {
    if (!this.isRoomy(frameBytes(checkpoint))) return undefined
    try {
      return this.chain.append('meter', checkpoint, frameBytes(checkpoint))
    } catch {
      // What is left of each segment adds up to enough, and none has enough of it.
      return undefined
    }
  }

  /** Settles with the segment that has all there is on the disk, the beginning of a request with it if there is one to be copied. */
  private wait(copyOf: Ticket | undefined): Promise<Segment> {
    return new Promise((resolve, reject) => this.enter(new Waiter({ copyOf, resolve, reject })))
  }

  private enter(waiter: Waiter): void {
    try {
      if (waiter.tries-- === 0) throw noRoom(NOWHERE)
      const segment = this.write(waiter)
      waiter.end = segment.end
      segment.waiters.push(waiter)
      this.commits.wake()
    } catch (error) {
      this.turnAway(waiter, error)
    }
  }

  private write({ payload, value, copyOf }: Waiter): Segment {
    if (payload !== undefined) {
      const bytes = frameBytes(payload)
      const segment = this.chain.append('end', payload, bytes)
      this.memory.add(segment, bytes, value)
      return segment
    }
    if (!copyOf || copyOf.state === 'ended') return this.chain.segmentFor(0)
    const { dispatch, checkpoint } = copyOf
    copyOf.noted = this.chain.append('dispatch', dispatch, frameBytes(dispatch), checkpoint)
    return copyOf.noted
  }

  private turnAway(waiter: Waiter, error: unknown): void {
    if (waiter.isAnswered) {
      this.held.push(Object.assign(waiter, { tries: TRIES }))
      return
    }
    if (waiter.ticket?.state === 'ending') waiter.ticket.state = 'open'
    waiter.reject(error)
  }

  /** Leaves a segment for good, and writes again what it may have lost. */
  private fail(segment: Segment, error: unknown): void {
    if (segment.hasFailed) return
    segment.hasFailed = true
    segment.discard()
    this.memory.forget(segment)
    this.deps.log.error('a segment of the spool failed', { segment: segment.name, code: codeOf(error) })
    const waiters = segment.waiters.splice(0)
    const ending = waiters.flatMap(({ ticket }) => ticket ?? [])
    void this.copy([...new Set([...opened(segment), ...ending])])
    this.noteAgain()
    for (const waiter of waiters) this.enter(waiter)
    this.flush()
    this.keepSpares()
  }

  /**
   * Writes requests' beginnings again, as far as it takes no room from an end: at once for the kernel, and their segment
   * keeps them until the copy is on the disk.
   */
  private async copy(tickets: readonly Ticket[]): Promise<void> {
    const copies: Promise<void>[] = []
    for (const ticket of tickets) {
      if (ticket.moving === ticket.segment) continue
      if (!this.isRoomy(frameBytes(ticket.dispatch) + frameBytes(ticket.checkpoint ?? ''))) break
      copies.push(moveOnceSafe(ticket, () => this.wait(ticket)))
    }
    this.flush()
    await Promise.all(copies).catch(error =>
      this.deps.log.warn('a segment of the spool is needed longer', { code: codeOf(error) }),
    )
  }

  /** Writes the checkpoints again that stood in a segment which failed, their dispatch in a good one. */
  private noteAgain(): void {
    for (const ticket of this.segments.flatMap(opened)) {
      if (!ticket.noted.hasFailed || ticket.checkpoint === undefined) continue
      ticket.noted = this.append(ticket.checkpoint) ?? ticket.noted
    }
  }

  /** A spare is there: what had no place finds one. */
  private rehome(): void {
    if (this.isClosed) return
    void this.copy(this.segments.filter(({ hasFailed }) => hasFailed).flatMap(opened))
    this.noteAgain()
    for (const waiter of this.held.splice(0)) this.enter(waiter)
    this.flush()
  }
}
