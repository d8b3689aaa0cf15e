import { silentLog } from '../lib/log'
import type { Disk } from '../spool/disk'
import { type RecoverDeps, recover } from './recover'

export interface RestoreDeps extends Omit<RecoverDeps, 'log'> {
  /** Whether everything of that process was settled: a request of its without an end has none. */
  isOver: (boot: string) => boolean
}

/**
 * Stores again what the kept segments hold, as it was stored before, and returns how many records that are; what is
 * there already stays as it is, and so do the segments. Rejects while the store is away.
 */
export async function restore({ disk, isOver, ...deps }: RestoreDeps): Promise<number> {
  const found = disk.list()
  let count = 0
  for (const over of [true, false]) {
    const files = found.filter(({ name }) => isOver(bootOf(name)) === over)
    const some: Disk = {
      create: (name, named) => disk.create(name, named),
      open: name => disk.open(name),
      list: () => files,
      remove: () => {},
      freeBytes: () => disk.freeBytes(),
    }
    const { records, crashed } = await recover({ ...deps, log: silentLog, disk: some, leavesOpen: !over })
    count += records + crashed
  }
  return count
}

/** A segment is named after its process and its place among that one's. */
function bootOf(name: string): string {
  return name.slice(0, name.lastIndexOf('-'))
}
