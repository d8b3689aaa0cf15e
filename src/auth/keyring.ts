import type { Clock } from '../lib/clock'
import type { Caller } from './caller'
import { hashKey } from './key-format'

/** A well-formed key that is none of ours is not looked up again for this long. */
const UNKNOWN_MS = 30_000
/** Strangers can fill this, and nothing else: the oldest goes first. */
const MOST_UNKNOWN = 10_000

export interface KeyringDeps {
  clock: Clock
  /** One key by its hash. Rejects with GatewayError `store_unavailable` while the store is away. */
  find: (hash: string) => Promise<Caller | undefined>
  adminKey: string | undefined
}

/** Every key of ours in memory, by hash: no request asks the database for a key that was seen before. */
export class Keyring {
  private readonly callers = new Map<string, Caller>()
  private readonly hashes = new Map<string, string>()
  private readonly unknown = new Map<string, number>()
  private readonly running = new Map<string, Promise<Caller | undefined>>()
  private readonly adminHash: string | undefined
  private readonly deps: KeyringDeps

  constructor(deps: KeyringDeps) {
    this.deps = deps
    this.adminHash = deps.adminKey === undefined ? undefined : hashKey(deps.adminKey)
  }

  get size(): number {
    return this.callers.size
  }

  /** Compares hashes, so that the time it takes tells nothing about the key. */
  isAdmin(credential: string): boolean {
    return this.adminHash !== undefined && hashKey(credential) === this.adminHash
  }

  known(hash: string): Caller | undefined {
    return this.callers.get(hash)
  }

  /** Takes in one key as the store has it now; a later version replaces an earlier one whole. */
  put(hash: string, caller: Caller): void {
    this.callers.set(hash, caller)
    this.hashes.set(caller.keyId, hash)
    this.unknown.delete(hash)
  }

  /** Forgets a key; the next request that carries it asks the store. */
  forget(keyId: string): void {
    const hash = this.hashes.get(keyId)
    if (hash === undefined) return
    this.hashes.delete(keyId)
    this.callers.delete(hash)
  }

  /** Forgets every key but these. */
  keepOnly(keyIds: ReadonlySet<string>): void {
    for (const keyId of this.hashes.keys()) if (!keyIds.has(keyId)) this.forget(keyId)
  }

  /** Asks the store once for all that wait, and remembers a no for 30 s. */
  lookUp(hash: string): Promise<Caller | undefined> {
    const until = this.unknown.get(hash)
    if (until !== undefined && this.deps.clock.now() < until) return Promise.resolve(undefined)
    const running = this.running.get(hash)
    if (running) return running
    const search = this.search(hash).finally(() => this.running.delete(hash))
    this.running.set(hash, search)
    return search
  }

  private async search(hash: string): Promise<Caller | undefined> {
    const caller = await this.deps.find(hash)
    // What was put in meanwhile is younger than what was read: a revocation must not be undone.
    const younger = this.callers.get(hash)
    if (younger) return younger
    if (caller) this.put(hash, caller)
    else this.rememberUnknown(hash)
    return caller
  }

  private rememberUnknown(hash: string): void {
    this.unknown.delete(hash)
    if (this.unknown.size >= MOST_UNKNOWN) {
      const oldest = this.unknown.keys().next().value
      if (oldest !== undefined) this.unknown.delete(oldest)
    }
    this.unknown.set(hash, this.deps.clock.now() + UNKNOWN_MS)
  }
}
