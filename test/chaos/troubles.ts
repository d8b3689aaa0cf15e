import type { Chance } from '../spool/chance'
import type { ChaosDatabase } from './database-server'

export interface TroubleOptions {
  mostTroubleMs: number
  longOutageMs: number
}

export interface Troubles {
  /** Settles when the database is well; in a long outage only shortly before its end. */
  calm(): Promise<void>
  /** Ends the trouble under way and leaves the database well. */
  stop(): Promise<void>
}

/** So long before the end of a long outage processes are killed again, with all that they could not store. */
const LAST_OF_OUTAGE_MS = 3_000
const LOOK_MS = 50
const SLOW_FOR_MS = 400
const FAST_FOR_MS = 60

/** One trouble of the database after another, with some good time between them. */
export function startTroubles(
  database: ChaosDatabase,
  chance: Chance,
  options: TroubleOptions,
  tally: (what: string) => void,
): Troubles {
  let isOver = false
  let isIll = false
  let hurry = () => {}
  const over = new Promise<void>(resolve => {
    hurry = resolve
  })
  const wait = (ms: number) => Promise.race([Bun.sleep(ms), over])
  const slow = async (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until && !isOver; ) {
      database.freeze()
      await Bun.sleep(SLOW_FOR_MS)
      database.thaw()
      await Bun.sleep(FAST_FOR_MS)
    }
  }
  const troubles: Record<string, (ms: number) => Promise<void>> = {
    'database killed (immediate)': async ms => {
      await database.kill()
      await wait(ms / 4)
      await database.start()
    },
    'database stopped': async ms => {
      await database.stop()
      await wait(ms)
      await database.start()
    },
    'database slow': slow,
    'database frozen': async ms => {
      database.freeze()
      await wait(ms)
      database.thaw()
    },
    'database read-only': async ms => {
      await database.readOnly(true)
      await wait(ms)
      await database.readOnly(false)
    },
    ...(database.canFill && {
      'database full': async (ms: number) => {
        database.fill()
        await wait(ms)
        database.empty()
      },
    }),
  }
  const run = async () => {
    if (options.longOutageMs > 0) {
      tally(`database stopped for ${options.longOutageMs / 1000} s`)
      setTimeout(() => (isIll = false), options.longOutageMs - LAST_OF_OUTAGE_MS)
      isIll = true
      await troubles['database stopped']?.(options.longOutageMs)
    }
    // Each kind once, in whatever order, before any of them comes again.
    let left: string[] = []
    while (!isOver) {
      await wait(chance.below(options.mostTroubleMs / 2))
      if (isOver) return
      if (left.length === 0) left = Object.keys(troubles)
      const name = chance.pick(left)
      left = left.filter(other => other !== name)
      tally(name)
      isIll = true
      await troubles[name]?.(200 + chance.below(options.mostTroubleMs))
      isIll = false
    }
  }
  const running = run()
  return {
    async calm() {
      while (isIll && !isOver) await Bun.sleep(LOOK_MS)
    },
    async stop() {
      isOver = true
      hurry()
      await running
    },
  }
}
