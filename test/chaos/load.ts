import type { Chance } from '../spool/chance'
import { call, drawPlan, type Seen } from './caller'
import type { Gateways } from './gateways'

/** Callers that ask one after another, each of whichever process serves, until they are told to stop. */
export interface Load {
  readonly seen: Seen[]
  stop(): Promise<void>
}

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
      seen.push(await call(drawPlan(tag++, chance), chance.pick(serving), key))
      await Bun.sleep(chance.below(60))
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
