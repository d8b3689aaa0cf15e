import type { Clock } from '../lib/clock'
import type { Caller } from './caller'
import { hashKey } from './key-format'

/** A well-formed key that is none of ours is not looked up again for this long. */
const UNKNOWN_MS = 30_000
/** Strangers can fill this, and nothing else: the oldest goes first. */
const MOST_UNKNOWN = 10_000

/** A key as memory keeps it: its secret, and the one before its last rotation. */
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
  private readonly callers = new Map<string, Caller>()
  private readonly hashes = new Map<string, string>()
  /** Of keys that were rotated: the secret before, which says `key_expired` once its grace is over. */
  private readonly oldHashes = new Map<string, string>()
  /** Some key that was ever put in has limits. */
  hasLimits = false
  private readonly listeners: (() => void)[] = []
  private readonly unknown = new Map<string, number>()
  private readonly running = new Map<string, Promise<Caller | undefined>>()
  private readonly adminHash: string | undefined
  private readonly deps: KeyringDeps

  constructor(deps: KeyringDeps) {
    this.deps = deps
    this.adminHash = deps.adminKey === undefined ? undefined : hashKey(deps.adminKey)
  }

  /** How many keys there are; a rotated one counts once. */
  get size(): number {
    return this.hashes.size
  }

  /** Compares hashes, so that the time it takes tells nothing about the key. */
  isAdmin(credential: string): boolean {
    return this.adminHash !== undefined && hashKey(credential) === this.adminHash
  }

  known(hash: string): Caller | undefined {
    return this.callers.get(hash)
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
    const { keyId, hash, version } = caller
    const present = this.hashes.get(keyId)
    if (present !== undefined && (this.callers.get(present)?.version ?? 0) > version) return
    for (const former of [present, this.oldHashes.get(keyId)])
      if (former !== undefined && former !== hash && former !== old?.hash) this.callers.delete(former)
    this.place(caller)
    this.hashes.set(keyId, hash)
    if (old) {
      this.place(old)
      this.oldHashes.set(keyId, old.hash)
    } else this.oldHashes.delete(keyId)
    this.tell()
  }

  /** Forgets a key; the next request that carries it asks the store. */
  forget(keyId: string): void {
    for (const hashes of [this.hashes, this.oldHashes]) {
      const hash = hashes.get(keyId)
      hashes.delete(keyId)
      if (hash !== undefined) this.callers.delete(hash)
    }
    this.tell()
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
    const found = await this.deps.find(hash)
    if (found) this.put(found.caller, found.old)
    // What was put in meanwhile is younger than what was read.
    const caller = this.callers.get(hash)
    if (!caller) this.rememberUnknown(hash)
    return caller
  }

  private place(caller: Caller): void {
    this.hasLimits ||= caller.limits !== null
    this.callers.set(caller.hash, caller)
    this.unknown.delete(caller.hash)
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
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
