import type { Clock } from '../lib/clock'
import {
  CHANGE_CHANNEL,
  CHANGES_KEPT_MS,
  type Change,
  type ChangeCursor,
  pruneChanges,
  readChanges,
  startCursor,
} from './changes'
import type { Database } from './client'
import { ServerHistory } from './server-history'
import { serverIdentity } from './server-identity'

export interface FollowOptions {
  clock: Pick<Clock, 'now'>
  /** How often it looks; a real server's notification makes it look at once. */
  everyMs?: number
  /** Where to start; without it the first look calls `onReset`. */
  cursor?: ChangeCursor
  /** Which history that was on. */
  of?: string | undefined
  /** Which history the database is on: asked after a look that failed. Undefined where that cannot be told: it may be another each 30 s. */
  identity?: () => Promise<string | undefined>
  /** Called with each batch that is not empty. If it fails the same changes come again. */
  onChange(changes: Change[]): void | Promise<void>
  /** Changes may have been missed (first look, a failover, half a day without a database): everything must be read anew. */
  onReset(): void | Promise<void>
  /** The database said that it was so late, at some moment of the `tripMs` until now. */
  onDate?(date: number, tripMs: number): void
  /** Some process tells something that is of the moment and stands in no table. */
  onNotice?(text: string): void
  /** A look failed; the next one comes as usual. */
  onError(error: unknown): void
}

export interface Follower {
  /** No callback runs after it resolves. */
  stop(): Promise<void>
}

const EVERY_MS = 500
const PRUNE_EVERY_MS = 3_600_000

/** Follows the changes that any process makes, each of them seen within `everyMs`; survives the database's absence. */
export function followChanges(db: Database, options: FollowOptions): Follower {
  const { clock, everyMs = EVERY_MS } = options
  let cursor = options.cursor
  const history = historyOf(db, options)
  let readAt = clock.now()
  const prune = pruner(db, clock)
  let listening = false
  let subscription: Promise<{ unlisten(): Promise<void> }> | undefined
  let stopped = false
  const rest = new Rest(everyMs)

  const look = async () => {
    // A replica that took over may lack what was read, and has counted on since: changes of it may lie before the cursor.
    if (await history.hasChanged()) cursor = undefined
    if (!cursor || clock.now() - readAt > CHANGES_KEPT_MS / 2) {
      const fresh = await startCursor(db)
      await options.onReset()
      cursor = fresh
    }
    let more = true
    while (more && !stopped) {
      const askedAt = clock.now()
      const batch = await readChanges(db, cursor)
      // What a machine slept through while it waited for the answer is not read.
      readAt = askedAt
      options.onDate?.(batch.date, clock.now() - askedAt)
      if (batch.rewound) await options.onReset()
      if (batch.changes.length > 0) await options.onChange(batch.changes)
      cursor = batch.cursor
      more = batch.more
    }
  }
  const listenAgain = () => {
    if (listening || !db.listener) return
    listening = true
    forget()
    subscription = db.listener.listen(CHANGE_CHANNEL, hearing(options, rest))
    subscription.catch(() => {
      listening = false
    })
  }
  // A lost connection's subscription may have been renewed by the driver: without this, each outage would add one.
  const forget = () => {
    subscription?.then(({ unlisten }) => unlisten()).catch(() => {})
    subscription = undefined
  }
  const run = async () => {
    while (!stopped) {
      const woken = rest.begin()
      try {
        await look()
        await prune()
        listenAgain()
      } catch (error) {
        listening = false
        history.doubt()
        if (!stopped) options.onError(error)
      }
      if (!stopped) await woken
    }
  }
  const running = run()
  return {
    async stop() {
      stopped = true
      rest.end()
      forget()
      await running
    },
  }
}

/** A change wakes, and says nothing else. */
function hearing({ onNotice }: FollowOptions, rest: Rest): (text: string) => void {
  return text => (text === '' ? rest.end() : onNotice?.(text))
}

/** The time between two looks, which can be ended. */
class Rest {
  /** Ends the one that is under way. */
  end = () => {}
  private readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }

  begin(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, this.ms)
      this.end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function historyOf(db: Database, { identity, clock, of }: FollowOptions): ServerHistory {
  return new ServerHistory(identity ?? (db.embedded ? undefined : () => serverIdentity(db)), clock, of)
}

/** Deletes old changes, whenever it is called an hour after the last time. */
function pruner(db: Database, clock: Pick<Clock, 'now'>): () => Promise<void> {
  let prunedAt = clock.now()
  return async () => {
    if (clock.now() - prunedAt < PRUNE_EVERY_MS) return
    prunedAt = clock.now()
    await pruneChanges(db)
  }
}
