import type { Repeat, RepeatClaim, RepeatId } from '../db/idempotency'
import { GatewayError } from '../errors'
import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import { type Answer, decodeAnswer, encodeAnswer } from './answer'
import { Keeping, type Kept, type Room } from './keeping'
import { Outbox } from './outbox'
import { Seal } from './seal'

/** The store as replays need it; everything rejects with `store_unavailable`. */
export interface RepeatStore {
  claim(claim: RepeatClaim): Promise<boolean>
  find(id: RepeatId): Promise<Repeat | undefined>
  keep(claim: RepeatClaim, answer: Uint8Array | null): Promise<void>
  drop(claim: RepeatClaim): Promise<void>
  keepRunning(requestIds: readonly string[]): Promise<void>
  prune(): Promise<void>
}

export interface ReplaysDeps {
  clock: Pick<Clock, 'now'>
  log: Log
  store: RepeatStore
  random: (length: number) => Uint8Array
}

/** A request that may have come before. */
export interface Repeatable {
  tenantId: string
  requestId: string
  /** SHA-256 of the secret that it came with. */
  keyHash: string
  seal: Seal
  mark: string
  /** Throws once nobody waits for an answer any more. */
  stop: () => void
}

const RENEW_MS = 4_000
const PRUNE_MS = 600_000
/** How often a request that runs elsewhere is looked at; one of this process says itself when it has ended. */
const LOOK_MS = 250
const LOOK_AT_OWN_MS = 1_000
const LAST_MS = 1_000
/** No request takes longer: one that seems to is held by nobody any more. */
const LONGEST_MS = 4 * 3_600_000
const MOST_WAITING = 500
/** For all answers that are being noted, or wait for the store. */
const MOST_BYTES = 256 * 1024 * 1024

/**
 * Requests under an idempotency key, and their answers. The first one runs, and is marked in the store as running for as
 * long as its process lives; its answer is kept there, sealed, once its last byte has left. Another one is given that
 * answer, or waits for it.
 */
export class Replays {
  /** Requests of this process that have not ended, and since when. */
  private readonly running = new Map<string, number>()
  private readonly waiting = new Map<string, Set<() => void>>()
  private waiters = 0
  /** Answers that were given again, and requests that waited for one, since the process began. */
  replayed = 0
  waited = 0
  private bytes = 0
  private readonly outbox: Outbox
  private readonly timers: ReturnType<typeof setInterval>[] = []
  private readonly deps: ReplaysDeps
  private readonly room: Room = {
    take: bytes => {
      if (this.bytes + bytes > MOST_BYTES) return false
      this.bytes += bytes
      return true
    },
    give: bytes => {
      this.bytes -= bytes
    },
  }

  constructor(deps: ReplaysDeps) {
    this.deps = deps
    this.outbox = new Outbox(deps.log)
  }

  /** Begins to say that requests are running, and to forget old answers. */
  start(): void {
    const { store, log } = this.deps
    const quietly = (work: () => Promise<void>) => () =>
      void work().catch(() => log.debug('idempotent requests could not be looked after, trying again'))
    const renew = async () => {
      const now = this.deps.clock.now()
      for (const [requestId, since] of this.running)
        if (now - since > LONGEST_MS) this.running.delete(requestId)
      if (this.running.size > 0) await store.keepRunning([...this.running.keys()])
    }
    this.timers.push(
      setInterval(quietly(renew), RENEW_MS),
      setInterval(
        quietly(() => store.prune()),
        PRUNE_MS,
      ),
    )
    for (const timer of this.timers) timer.unref()
  }

  /** What a request under an idempotency key needs of its caller's secret, which goes no further. */
  seal(secret: string, keyId: string, idempotencyKey: string): Seal {
    return new Seal(secret, keyId, idempotencyKey, this.deps.random)
  }

  /** Waits until everything is stored, but not longer. */
  async flush(deadlineMs: number): Promise<void> {
    await this.outbox.flush(deadlineMs)
  }

  /** Stores what waits for that, but not for longer than a second. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    await this.flush(LAST_MS)
    this.outbox.stop()
  }

  /**
   * Begins a request, or gives the answer of the one that came before, once there is one. Throws
   * `idempotency_mismatch`, `idempotency_expired`, or `store_unavailable`: rather than a second call to a vendor, none.
   */
  async begin(repeatable: Repeatable): Promise<Answer | Keeping> {
    const { tenantId, requestId, keyHash, mark, seal } = repeatable
    const claim: RepeatClaim = { tenantId, id: seal.id, requestId, keyHash, mark }
    for (;;) {
      if (await this.claim(claim)) return this.keeping(claim, seal)
      const answer = await this.await(claim, repeatable)
      if (!answer) continue
      this.replayed++
      return answer
    }
  }

  private async claim(claim: RepeatClaim): Promise<boolean> {
    try {
      return await this.deps.store.claim(claim)
    } catch (error) {
      // It may stand all the same, and would hold up who tries again.
      if (error instanceof GatewayError) this.outbox.add(() => this.deps.store.drop(claim))
      throw error
    }
  }

  /** The answer of the one that came before; undefined once there is none to wait for. */
  private async await(claim: RepeatClaim, { seal, mark, stop }: Repeatable): Promise<Answer | undefined> {
    for (let looks = 0; ; looks++) {
      const found = await this.deps.store.find(claim)
      if (!found || found.isOver) return undefined
      judge(found, claim)
      if (found.answer) {
        const plain = await seal.open(found.answer, mark)
        if (!plain) throw expired('The answer to this request can no longer be read.')
        return decodeAnswer(plain)
      }
      if (looks === 0) this.waited++
      await this.pause(claim.id, this.running.has(found.requestId) ? LOOK_AT_OWN_MS : LOOK_MS)
      stop()
    }
  }

  private async pause(id: string, ms: number): Promise<void> {
    if (this.waiters >= MOST_WAITING)
      throw new GatewayError('idempotency_in_progress', 'The first request with this key is still running.', {
        headers: { 'retry-after': '1' },
      })
    const wakers = this.waiting.get(id) ?? new Set()
    this.waiting.set(id, wakers)
    this.waiters++
    await new Promise<void>(resolve => {
      const wake = () => {
        clearTimeout(timer)
        wakers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      wakers.add(wake)
    })
    this.waiters--
    if (wakers.size === 0) this.waiting.delete(id)
  }

  private keeping(claim: RepeatClaim, seal: Seal): Keeping {
    const { id, requestId } = claim
    this.running.set(requestId, this.deps.clock.now())
    const keeping = new Keeping(this.room, kept => {
      const end = () => {
        this.running.delete(requestId)
        keeping.forget()
        for (const wake of this.waiting.get(id) ?? []) wake()
      }
      this.outbox.add(() => this.store(claim, seal, kept), end)
    })
    return keeping
  }

  private async store(claim: RepeatClaim, seal: Seal, kept: Kept): Promise<void> {
    const { store } = this.deps
    if (kept === 'dropped') return store.drop(claim)
    if (kept === 'lost') return store.keep(claim, null)
    return store.keep(claim, await seal.seal(encodeAnswer(kept), claim.mark))
  }
}

/** Refuses what is not the same request, and what cannot be given again. */
function judge(found: Repeat, claim: RepeatClaim): void {
  if (found.keyHash !== claim.keyHash)
    throw expired('The first request with this Idempotency-Key came with another secret of this API key.')
  if (found.mark !== claim.mark)
    throw new GatewayError(
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request. Use a new one for each request.',
      { headers: { 'x-should-retry': 'false' } },
    )
  if (found.state === 'lost') throw expired('The answer to this request was too large to be kept.')
}

function expired(message: string): GatewayError {
  return new GatewayError('idempotency_expired', `${message} It was answered once and is not given again.`, {
    headers: { 'x-should-retry': 'false' },
  })
}
