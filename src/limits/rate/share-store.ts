import type { Database } from '../../db/client'
import { exchangeShares, pruneShares, readShort } from '../../db/limit-shares'
import type { LimitKind } from '../../db/limits'
import { endLease, pruneLeases, renewLease } from '../../db/process-lease'
import { Recalls } from '../../db/recalls'
import type { Lot } from './lot'
import { type Given, isForgettable, isShort, shareOut } from './share-out'
import type { ShareStore } from './sharing'

/** Shares as the database keeps them, each exchange in one transaction. Everything rejects with `store_unavailable`. */
export function shareStore(db: Database): ShareStore {
  const recalls = new Recalls(db)
  return {
    renew: processId => renewLease(db, processId),
    async exchange(processId, reports) {
      const given = new Map<Lot, Partial<Record<LimitKind, Given>>>()
      const exchanges = [...reports].map(([lot, report]) => ({
        subject: lot,
        run(before: Parameters<typeof shareOut>[0], leases: ReadonlyMap<string, number>, now: number) {
          const result = shareOut(before, report, { self: processId, leases, now })
          if (result.given) given.set(lot, result.given)
          const after = isForgettable(result.after, now) ? undefined : result.after
          const recalls = Object.values(result.given ?? {}).some(each => each.recalls)
          return { after, isShort: isShort(result.after), recalls }
        },
      }))
      return (await exchangeShares(db, processId, exchanges)) ? given : undefined
    },
    short: () => readShort(db),
    listen: (processId, recall) => recalls.listen(processId, recall),
    end: processId => endLease(db, processId),
    async prune() {
      await pruneLeases(db)
      await pruneShares(db)
    },
  }
}
