import type { KnownKey } from '../auth/keyring'
import { findKnownKey } from '../auth/load-keys'
import type { Price } from '../catalog/price'
import type { Config } from '../config/config'
import type { BatchChain } from '../db/audit-batch'
import { startCursor } from '../db/changes'
import { connect, type Database } from '../db/client'
import { withDeadline } from '../db/deadline'
import { type Embedded, type EmbeddedConnection, startEmbedded } from '../db/embedded/start'
import { type Follower, type FollowOptions, followChanges } from '../db/follow-changes'
import { migrate } from '../db/migrate'
import { ensurePartitions } from '../db/partitions'
import { dropOldMonths } from '../db/retention'
import { serverIdentity } from '../db/server-identity'
import { asStoreError, storeUnavailable } from '../db/store-error'
import { GatewayError } from '../errors'
import type { Clock } from '../lib/clock'
import { FollowedClock } from '../lib/followed-clock'
import { newId } from '../lib/id'
import type { Log } from '../lib/log'
import { storeWritten, writePrices } from '../usage/writer'
import type { WrittenBatch } from '../usage/written-record'
import { databaseAdvice } from './database-advice'
import type { Memory } from './memory'

const RETRY_MS = 2_000
/** A start waits no longer for a real server: who watches the process wants it to listen. */
const PATIENCE_MS = 3_000
/** Until there is a partition for a record, it has a place: a start does not wait for one. */
const PARTITIONS_AFTER_MS = 1_000
const PARTITIONS_EVERY_MS = 6 * 3_600_000
const READY_DEADLINE_MS = 1_000

export interface StoreDeps {
  config: Config
  clock: Clock
  log: Log
  /** The database cannot serve this version at all, or died for good: the process ends. */
  onFatal: (error: Error) => void
}

/**
 * The database as the process sees it: opened, migrated, its keys in memory and kept fresh.
 * A real server may be away at the start: the process serves what it can and goes on trying.
 */
export class Store {
  readonly database: Database
  /** The process's time, its date by the database's: processes must agree on when a key ends and a period begins. */
  readonly clock: FollowedClock
  /** The role that owns the tables, where it is another one. */
  private readonly owner: Database
  /** The hashes of what this process stores. */
  private readonly chain: BatchChain = { process: newId(), latest: null }
  private isOpen = false
  private isClosed = false
  private follower: Follower | undefined
  private partitioning: ReturnType<typeof setTimeout> | undefined
  private readonly embedded: Embedded | undefined
  private readonly deps: StoreDeps

  private constructor(deps: StoreDeps, embedded: Embedded | undefined) {
    const { config, clock } = deps
    this.deps = deps
    this.clock = new FollowedClock(clock)
    this.embedded = embedded
    if (embedded) this.database = connect({ clock, embedded: embedded.connection })
    else if (config.databaseUrl) this.database = connect({ clock, databaseUrl: config.databaseUrl })
    else throw new Error('store: neither an embedded nor a real database')
    const { databaseUrl, migrateDatabaseUrl } = config
    const hasOwner = migrateDatabaseUrl !== undefined && migrateDatabaseUrl !== databaseUrl
    this.owner = hasOwner ? connect({ clock, databaseUrl: migrateDatabaseUrl }) : this.database
  }

  /**
   * Starts the embedded database, or only prepares the way to a real one or to one that another process holds.
   * Throws one clear line if the folder is in use.
   */
  static async prepare(deps: StoreDeps, held?: EmbeddedConnection): Promise<Store> {
    const { config } = deps
    if (held) return new Store(deps, { connection: held, stop: async () => {} })
    const embedded = config.databaseUrl
      ? undefined
      : await startEmbedded(config.dataDir, { onCrash: deps.onFatal })
    return new Store(deps, embedded)
  }

  /**
   * Migrates, loads what is kept in memory and begins to follow changes. Resolves false where a real server is away, or takes longer
   * than a start may: it is tried, or waited for, from then on.
   */
  async open(memories: readonly Memory[]): Promise<boolean> {
    const opening = this.tryToOpen(memories)
    if (this.embedded) return opening
    const isOpen = await Promise.race([opening, Bun.sleep(PATIENCE_MS).then(() => undefined)])
    if (isOpen !== undefined) return isOpen
    this.deps.log.warn('the database takes long', { afterMs: PATIENCE_MS })
    void this.conclude(opening)
    return false
  }

  /** One key by its hash. Rejects with `store_unavailable` as long as the store is not open. */
  readonly findKey = (hash: string): Promise<KnownKey | undefined> =>
    this.isOpen
      ? findKnownKey(this.database, hash)
      : Promise.reject(storeUnavailable(new Error('not open yet')))

  /** Writes a batch of records, and before it the prices that it is the first to name. Rejects as long as the store is away. */
  readonly write = async (batch: WrittenBatch, prices: readonly Price[]): Promise<void> => {
    if (!this.isOpen) throw storeUnavailable(new Error('not open yet'))
    await writePrices(this.database, prices)
    await storeWritten(this.database, batch, {
      chain: this.chain,
      onDeadLetter: reason => this.deps.log.error('a record was laid aside', { reason }),
    })
  }

  /** Whether the database answers now. */
  async isReady(): Promise<boolean> {
    if (!this.isOpen) return false
    return withDeadline(this.database.sql`SELECT 1`, READY_DEADLINE_MS).then(
      () => true,
      () => false,
    )
  }

  /** Which history the database is on; undefined where that cannot be told. Rejects as long as it is away. */
  readonly identity = async (): Promise<string | undefined> => {
    if (!this.isOpen) throw storeUnavailable(new Error('not open yet'))
    return serverIdentity(this.database)
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.partitioning)
    await this.follower?.stop()
    await Promise.all([this.database.close(), this.owner === this.database ? undefined : this.owner.close()])
    await this.embedded?.stop()
  }

  private async tryToOpen(memories: readonly Memory[]): Promise<boolean> {
    try {
      const { databaseUrl, migrateDatabaseUrl } = this.deps.config
      const url = migrateDatabaseUrl ?? databaseUrl
      await migrate(this.embedded ? { embedded: this.embedded.connection } : { databaseUrl: url ?? '' })
      // From before the load: what is changed meanwhile comes with the first look, and nothing is loaded twice.
      const start = await this.startOfChanges()
      await this.load(memories)
      this.follow(memories, start)
      this.isOpen = true
      this.partitionIn(PARTITIONS_AFTER_MS)
      return true
    } catch (error) {
      const away = asStoreError(error)
      if (this.embedded || !isAway(away)) throw error
      const code = codeOf(away.cause)
      const facts = { everyMs: RETRY_MS, code, advice: databaseAdvice(code) }
      this.deps.log.error('the database cannot be reached, trying again', facts)
      setTimeout(() => void this.reopen(memories), RETRY_MS)
      return false
    }
  }

  private async reopen(memories: readonly Memory[]): Promise<void> {
    if (!this.isClosed) await this.conclude(this.tryToOpen(memories))
  }

  private async load(memories: readonly Memory[]): Promise<void> {
    for (const memory of memories) await memory.load(this.database)
  }

  /** Tells how an attempt ended that nobody waits for. */
  private async conclude(opening: Promise<boolean>): Promise<void> {
    try {
      if (await opening) this.deps.log.info('the database is there')
    } catch (error) {
      this.deps.onFatal(error instanceof Error ? error : new Error('the database cannot be used'))
    }
  }

  private partitionIn(ms: number): void {
    if (this.isClosed) return
    const partition = () => this.partition().finally(() => this.partitionIn(PARTITIONS_EVERY_MS))
    this.partitioning = setTimeout(partition, ms)
    this.partitioning.unref()
  }

  /** Makes this month's partitions and the next ones', and drops old ones; a role that may not still has the default one. */
  private async partition(): Promise<void> {
    try {
      await ensurePartitions(this.owner, this.deps.clock.date())
      const dropped = await dropOldMonths(this.owner, this.deps.config.usageRetentionMonths)
      if (dropped.length > 0) this.deps.log.info('old records were dropped', { tables: dropped.join(' ') })
    } catch (error) {
      if (this.isClosed) return
      this.deps.log.warn('partitions could not be made or dropped', { code: codeOf(asStoreError(error)) })
    }
  }

  private hearDate(date: number, tripMs: number): void {
    const before = this.clock.offsetMs
    this.clock.hear(date, tripMs)
    const { offsetMs } = this.clock
    if (before === 0 && offsetMs !== 0)
      this.deps.log.warn('the clock of this machine is wrong, or the database’s, whose time counts', {
        offsetMs,
      })
  }

  private async startOfChanges(): Promise<Pick<FollowOptions, 'cursor' | 'of'>> {
    const of = this.database.embedded ? undefined : await serverIdentity(this.database)
    return { of, cursor: await startCursor(this.database) }
  }

  private follow(memories: readonly Memory[], start: Pick<FollowOptions, 'cursor' | 'of'>): void {
    this.follower = followChanges(this.database, {
      ...start,
      clock: this.deps.clock,
      onChange: async changes => {
        for (const change of changes)
          for (const memory of memories) await memory.refresh(this.database, change)
      },
      onReset: () => this.load(memories),
      onNotice: text => {
        for (const memory of memories) memory.hear?.(text)
      },
      onDate: (date, tripMs) => this.hearDate(date, tripMs),
      onError: () => this.deps.log.warn('changes could not be read, trying again'),
    })
  }
}

function isAway(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code === 'store_unavailable'
}

/** SQLSTATE, or the system's name for what went wrong: never a message, which may hold what was sent. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
