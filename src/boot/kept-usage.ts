import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../lib/log'
import { Archive, type ArchiveOptions } from '../spool/archive'
import type { Disk } from '../spool/disk'
import { nodeDisk } from '../spool/node-disk'
import { type RestoreDeps, restore } from '../usage/restore'

export interface KeptUsageDeps extends ArchiveOptions, Omit<RestoreDeps, 'disk'> {
  /** `DATA_DIR/stored`. */
  folder: string
  log: Log
  /** Which history the database is on; undefined where that cannot be told. Rejects while it is away. */
  identity: () => Promise<string | undefined>
}

/** Segments that were stored, and the database that they were stored in: when that is another one, they are stored again. */
export class KeptUsage {
  private readonly archive: Archive
  private looking: Promise<void> | undefined
  private readonly deps: KeptUsageDeps

  constructor(deps: KeptUsageDeps) {
    this.deps = deps
    this.archive = new Archive(deps.folder, deps)
  }

  /** A spool's folder whose segments are kept when they are removed. */
  behind(folder: string): Disk {
    return this.archive.behind(folder, nodeDisk(folder))
  }

  /** Removes what was kept long enough, and looks whether the database is the one it was; one at a time, never rejects. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = undefined
    })
    return this.looking
  }

  private async lookOnce(): Promise<void> {
    try {
      this.archive.trim()
      const identity = await this.deps.identity()
      const known = this.known()
      if (identity === undefined || identity === known) return
      if (known !== undefined) await this.restore()
      writeFileSync(this.file, identity, { mode: 0o600 })
    } catch (error) {
      const cause = error instanceof Error ? error.name : 'unknown'
      this.deps.log.warn('it is not known whether the database has lost usage, looking again', { cause })
    }
  }

  private async restore(): Promise<void> {
    const { log, folder } = this.deps
    log.warn('the database has another history than before: the usage of the last day is stored again')
    const records = await restore({ ...this.deps, disk: nodeDisk(folder) })
    log.warn('the usage of the last day is there', { records })
  }

  private get file(): string {
    return join(this.deps.folder, 'server')
  }

  private known(): string | undefined {
    try {
      return readFileSync(this.file, 'utf8')
    } catch {
      // Nothing was kept yet.
      return undefined
    }
  }
}
