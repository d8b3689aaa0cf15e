import type { Chance } from '../spool/chance'
import { call, drawPlan, type Seen } from './caller'
import type { Gateways } from './gateways'

/** Callers that ask one after another, each of whichever process serves, until they are told to stop. */
export interface Load {
  readonly seen: Seen[]
  stop(): Promise<void>
}

const PAUSE_MS = 60
/** A process that does not know its keys yet is not asked again at once. */
const REFUSED_MS = 1_000
const NOBODY_SERVES_MS = 20

export function startLoad(
  gateways: Gateways,
  key: string,
  chance: Chance,
  { callers, firstTag }: { callers: number; firstTag: number },
): Load {
  const seen: Seen[] = []
  let tag = firstTag
  let isOver = false
  const ask = async () => {
    while (!isOver) {
      const serving = gateways.serving
      if (serving.length === 0) {
        await Bun.sleep(NOBODY_SERVES_MS)
        continue
      }
      const last = await call(drawPlan(tag++, chance), chance.pick(serving), key)
      seen.push(last)
      await Bun.sleep(chance.below(last.code === 'store_unavailable' ? REFUSED_MS : PAUSE_MS))
    }
  }
  const running = Array.from({ length: callers }, ask)
  return {
    seen,
    async stop() {
      isOver = true
      await Promise.all(running)
    },
  }
}
