import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Price } from '../catalog/price'
import type { Config } from '../config/config'
import { lockDataDir } from '../db/lock'
import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import { nodeDisk } from '../spool/node-disk'
import { Spool } from '../spool/spool'
import { Adoption } from '../usage/adopt'
import { PriceBook } from '../usage/price-book'
import { Shipper } from '../usage/shipper'
import { SpoolRecorder } from '../usage/spool-recorder'
import { ChargeTally, type WrittenBatch } from '../usage/written-record'
import { KeptUsage } from './kept-usage'
import type { Store } from './store'

/** What became of the records at the end. */
export type Flushed = 'stored' | 'kept' | 'held'

export interface UsageDeps {
  config: Config
  clock: Clock
  log: Log
  store: Pick<Store, 'write' | 'identity'>
  /** Names this process, and its spool's folder. */
  boot: string
  /** Hears what records that were stored cost. */
  onStored: (charges: WrittenBatch['charges']) => void
  /** Everything of this process, or of one that died, is stored. Rejects while the store is away. */
  settle: (boot: string) => Promise<void>
}

const RETRY_MS = 100
/** How often what is kept is looked through, and the database asked whether it is the one it was. */
const KEPT_EVERY_MS = 30_000

/**
 * Where usage goes: a spool of this process's own in `DATA_DIR/spool/<boot>/`, shipped to the store from there, and the
 * spools that dead processes left beside it. What was shipped to a real server is kept for a day in `DATA_DIR/stored/`.
 */
export class UsageLine {
  readonly recorder: SpoolRecorder
  private readonly spool: Spool
  private readonly shipper: Shipper
  private readonly adoption: Adoption
  private readonly folder: string
  private readonly lock: { release(): void }
  private keptLookedAt = Number.NEGATIVE_INFINITY
  private looking: ReturnType<typeof setTimeout> | undefined
  private isClosed = false
  private readonly clock: Clock
  private readonly settle: () => Promise<void>
  /** The embedded database lies beside the spool, and what befalls one befalls both. */
  private readonly kept: KeptUsage | undefined

  /** Takes a folder of its own and begins to write there. Throws what the disk throws. */
  constructor(deps: UsageDeps) {
    const { config, clock, log, boot, onStored, settle, store } = deps
    const book = new PriceBook()
    const notePrice = (price: Price) => book.note(price)
    const write = async (batch: WrittenBatch) => {
      await book.storing(prices => store.write(batch, prices))
      onStored(batch.charges)
    }
    const spools = join(config.dataDir, 'spool')
    this.clock = clock
    this.settle = () => settle(boot)
    this.folder = join(spools, boot)
    this.lock = lockDataDir(this.folder)
    const later = (run: () => void, delayMs: number) => void setTimeout(run, delayMs)
    const nextTurn = (run: () => void) => void setImmediate(run)
    const durability = config.usageDurability
    if (config.databaseUrl) {
      const isOver = (name: string) => !existsSync(join(spools, name))
      const folder = join(config.dataDir, 'stored')
      this.kept = new KeptUsage({
        folder,
        date: clock.date,
        log,
        identity: store.identity,
        isOver,
        write,
        notePrice,
      })
    }
    const diskOf = (folder: string) => this.kept?.behind(folder) ?? nodeDisk(folder)
    const newTally = () => new ChargeTally()
    const disk = diskOf(this.folder)
    this.spool = new Spool({ disk, clock, log, boot, nextTurn, later, durability, newTally })
    this.recorder = new SpoolRecorder({ spool: this.spool, log, write, notePrice })
    this.shipper = new Shipper({ spool: this.spool, clock, log, write })
    this.adoption = new Adoption({
      clock,
      folders: () => readdirSync(spools).filter(name => name !== boot),
      tryLock: name => tryLock(join(spools, name)),
      disk: name => diskOf(join(spools, name)),
      remove: name => rmSync(join(spools, name), { recursive: true, force: true }),
      settled: settle,
      log,
      write,
      notePrice,
    })
  }

  /** Records that wait for the store, in bytes of the spool. */
  get backlogBytes(): number {
    return this.shipper.backlogBytes
  }

  /** How long the oldest of them has waited, at most. */
  get oldestMs(): number {
    return this.shipper.oldestMs
  }

  /** What the spool takes on the disk. */
  get spoolBytes(): number {
    return this.spool.bytes
  }

  /** What it may still take until new requests are refused. */
  get roomBytes(): number {
    return this.spool.roomBytes
  }

  /** Begins to ship, and settles what dead processes left. */
  start(): void {
    this.shipper.start()
    void this.lookAround()
  }

  private async lookAround(): Promise<void> {
    const now = this.clock.now()
    if (now - this.keptLookedAt >= KEPT_EVERY_MS) {
      this.keptLookedAt = now
      void this.kept?.look()
    }
    await this.adoption.run()
    if (this.isClosed) return
    this.looking = setTimeout(() => void this.lookAround(), this.adoption.nextInMs)
    this.looking.unref()
  }

  /**
   * Ships everything that the store takes within the time. `kept`: the rest is on the disk, for the next start;
   * `held`: neither disk nor store took all of it.
   */
  async flush(deadlineMs: number): Promise<Flushed> {
    const until = this.clock.now() + deadlineMs
    const late = Bun.sleep(deadlineMs).then(() => false)
    for (;;) {
      const isStored = await Promise.race([this.shipper.drain(), late])
      if (isStored && this.recorder.waiting === 0) return 'stored'
      if (this.clock.now() >= until) return this.recorder.waiting === 0 ? 'kept' : 'held'
      await Bun.sleep(RETRY_MS)
    }
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.looking)
    await this.shipper.stop()
    await this.spool.close()
    // What the spool kept is for the next start; the lock goes last, so that nobody adopts a folder that is being removed.
    const isEmpty = !readdirSync(this.folder).some(name => name.endsWith('.spool'))
    // A folder that stays is adopted: whoever does so settles what this process held of budgets.
    if (isEmpty && (await this.isSettled())) rmSync(this.folder, { recursive: true, force: true })
    this.lock.release()
  }

  private isSettled(): Promise<boolean> {
    return this.settle().then(
      () => true,
      () => false,
    )
  }
}

function tryLock(folder: string): { release(): void } | undefined {
  try {
    return lockDataDir(folder, 'guest')
  } catch {
    // A live process has it, which is no fault.
    return undefined
  }
}
