import type { Database } from '../../db/client'
import { exchangeShares, pruneShares, readShort } from '../../db/limit-shares'
import { LIMIT_KINDS, type LimitKind } from '../../db/limits'
import { endLease, pruneLeases, renewLease } from '../../db/process-lease'
import type { Lot } from './lot'
import { type Given, isForgettable, isShort, type Report, shareOut } from './share-out'
import type { ShareStore } from './sharing'

/** Shares as the database keeps them, each exchange in one transaction. Everything rejects with `store_unavailable`. */
export function shareStore(db: Database): ShareStore {
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
          return { after, isShort: isShort(result.after), recalls: recallsIn(report, result.given) }
        },
      }))
      return (await exchangeShares(db, processId, exchanges)) ? given : undefined
    },
    short: () => readShort(db),
    end: processId => endLease(db, processId),
    async prune() {
      await pruneLeases(db)
      await pruneShares(db)
    },
  }
}

/** What the others are to hear that this process lacks. */
export function recallsIn(
  report: Report,
  given: Partial<Record<LimitKind, Given>> = {},
): Partial<Record<LimitKind, number>> {
  const kinds = LIMIT_KINDS.filter(kind => given[kind]?.recalls)
  return Object.fromEntries(kinds.map(kind => [kind, report.told[kind]?.need ?? 0]))
}
