import type { Database } from '../db/client'
import { claimRepeat, dropRepeat, findRepeat, keepAnswer, keepRunning, pruneRepeats } from '../db/idempotency'
import type { RepeatStore } from './replays'

/** Requests under an idempotency key as the database keeps them, for every process. */
export function repeatStore(db: Database): RepeatStore {
  return {
    claim: claim => claimRepeat(db, claim),
    find: id => findRepeat(db, id),
    keep: (claim, answer) => keepAnswer(db, claim, answer),
    drop: claim => dropRepeat(db, claim),
    keepRunning: requestIds => keepRunning(db, requestIds),
    prune: () => pruneRepeats(db),
  }
}
