import { GatewayError } from '../errors'
import type { Clock } from '../lib/clock'
import type { Caller } from './caller'
import { hashKey } from './key-format'
import { KeyTable } from './key-table'

/** A well-formed key that is none of ours is not looked up again for this long. */
const UNKNOWN_MS = 30_000
/** Strangers can fill this, and nothing else: the oldest goes first. */
const MOST_UNKNOWN = 2_000
/**
 * The store is asked for no more keys than this in a second: a crowd of guesses, from however many addresses, does not keep
 * it busy. Every key of ours is known here within a second of its making, so hardly one of ours is among them.
 */
const MOST_LOOK_UPS = 100
const SECOND_MS = 1_000
/** Secrets that are at hand as requests need them; of more the oldest goes, and is unpacked again for its next request. */
const MOST_IN_USE = 16_384

/** A key as requests need it: its secret, and the one before its last rotation. */
export interface KnownKey {
  caller: Caller
  old?: Caller | undefined
}

export interface KeyringDeps {
  clock: Clock
  /** One key by the hash of any secret of it. Rejects with GatewayError `store_unavailable` while the store is away. */
  find: (hash: string) => Promise<KnownKey | undefined>
  adminKey: string | undefined
}

/** Every key of ours in memory, by the hash of its secret: no request asks the database for a key that was seen before. */
export class Keyring {
  private readonly table = new KeyTable()
  /** What requests were made with since it last changed. */
  private readonly inUse = new Map<string, Caller>()
  /** Some key that was ever put in has limits. */
  hasLimits = false
  private readonly listeners: (() => void)[] = []
  private readonly unknown = new Map<string, number>()
  private readonly running = new Map<string, Promise<Caller | undefined>>()
  private lookUps = 0
  private secondAt = Number.NEGATIVE_INFINITY
  private readonly adminHash: string | undefined
  private readonly deps: KeyringDeps

  constructor(deps: KeyringDeps) {
    this.deps = deps
    this.adminHash = deps.adminKey === undefined ? undefined : hashKey(deps.adminKey)
  }

  /** How many keys there are; a rotated one counts once. */
  get size(): number {
    return this.table.size
  }

  /** Compares hashes, so that the time it takes tells nothing about the key. */
  isAdmin(credential: string): boolean {
    return this.adminHash !== undefined && hashKey(credential) === this.adminHash
  }

  known(hash: string): Caller | undefined {
    return this.inUse.get(hash) ?? this.unpack(hash)
  }

  /** `listener` is called after any key was put in or forgotten. */
  onChange(listener: () => void): void {
    this.listeners.push(listener)
  }

  /**
   * Takes in one key as the store has it, and the secret before its last rotation. A later version replaces an earlier
   * one whole; one that is older than what is here changes nothing, so that a slow read cannot undo a revocation.
   */
  put(caller: Caller, old?: Caller): void {
    this.hasLimits ||= caller.limits !== null
    this.changed(this.table.put(caller, old))
    for (const hash of [caller.hash, old?.hash]) if (hash !== undefined) this.unknown.delete(hash)
  }

  /** Forgets a key; the next request that carries it asks the store. */
  forget(keyId: string): void {
    this.changed(this.table.forget(keyId))
  }

  /** Begins to take in all keys anew; what is returned, called at the end, forgets those that were not put in meanwhile. */
  renew(): () => void {
    const round = this.table.nextRound()
    return () => this.changed(this.table.forgetBefore(round))
  }

  /** Asks the store once for all that wait, and remembers a no for 30 s. Rejects with `overloaded` where too many are asked for. */
  lookUp(hash: string): Promise<Caller | undefined> {
    const until = this.unknown.get(hash)
    if (until !== undefined && this.deps.clock.now() < until) return Promise.resolve(undefined)
    const running = this.running.get(hash)
    if (running) return running
    if (!this.mayAsk())
      return Promise.reject(
        new GatewayError('overloaded', 'Too many keys that are not known here are looked up at the moment.', {
          headers: { 'retry-after': '1' },
        }),
      )
    const search = this.search(hash).finally(() => this.running.delete(hash))
    this.running.set(hash, search)
    // Where the store is away that is what everybody hears, and not that they are too many.
    search.catch(() => {
      this.lookUps = Math.max(0, this.lookUps - 1)
    })
    return search
  }

  private mayAsk(): boolean {
    const now = this.deps.clock.now()
    if (now - this.secondAt >= SECOND_MS) {
      this.secondAt = now
      this.lookUps = 0
    }
    return ++this.lookUps <= MOST_LOOK_UPS
  }

  private async search(hash: string): Promise<Caller | undefined> {
    const found = await this.deps.find(hash)
    if (found) this.put(found.caller, found.old)
    // What was put in meanwhile is younger than what was read.
    const caller = this.known(hash)
    if (!caller) this.rememberUnknown(hash)
    return caller
  }

  private unpack(hash: string): Caller | undefined {
    const caller = this.table.find(hash)
    if (!caller) return undefined
    if (this.inUse.size >= MOST_IN_USE) forgetOldest(this.inUse)
    this.inUse.set(hash, caller)
    return caller
  }

  private changed(hashes: readonly string[]): void {
    for (const hash of hashes) this.inUse.delete(hash)
    for (const listener of this.listeners) listener()
  }

  private rememberUnknown(hash: string): void {
    this.unknown.delete(hash)
    if (this.unknown.size >= MOST_UNKNOWN) forgetOldest(this.unknown)
    this.unknown.set(hash, this.deps.clock.now() + UNKNOWN_MS)
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next().value
  if (oldest !== undefined) map.delete(oldest)
}
