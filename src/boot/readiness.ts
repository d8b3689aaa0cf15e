import type { GatewayDeps } from '../gateway/deps'
import { MEMORY_SHARE_PERCENT } from '../lib/memory-share'
import { isOverloaded } from '../limits/enter'
import type { Readiness } from '../ops/health'
import type { Store } from './store'

/** Less room than this for records is told: at 500 requests a second without a database it lasts ten minutes. */
const SCARCE_BYTES = 256 * 1024 * 1024
const MIB = 1024 * 1024
const MEMORY_SHORT = `ok, but requests are taken one at a time: more than ${MEMORY_SHARE_PERCENT} % of the memory is taken`

interface Serving {
  limits: Pick<GatewayDeps['limits'], 'canRecord' | 'draining' | 'memory' | 'inFlight'>
  recorder: Pick<GatewayDeps['recorder'], 'roomBytes'>
  health: Pick<GatewayDeps['health'], 'cooling'>
}

/** Whether this process should get requests now, and if not why; and what will soon be a reason. */
export async function readiness(
  store: Pick<Store, 'isReady'>,
  { limits, recorder, health }: Serving,
): Promise<Readiness> {
  const isStored = await store.isReady()
  const isRecorded = limits.canRecord()
  const isFull = isOverloaded(limits)
  const checks = {
    database: isStored ? 'ok' : 'cannot be reached',
    usage: isRecorded ? room(recorder.roomBytes?.()) : 'no room for further records',
    memory: isFull ? 'no room for further requests' : limits.memory.isShort ? MEMORY_SHORT : 'ok',
    vendors:
      health.cooling === 0 ? 'ok' : `ok, but deployments are set aside after failures: ${health.cooling}`,
    draining: limits.draining ? 'shutting down' : 'ok',
  }
  return { ok: isStored && isRecorded && !isFull && !limits.draining, checks }
}

function room(bytes = Number.POSITIVE_INFINITY): string {
  return bytes >= SCARCE_BYTES ? 'ok' : `ok, but records have room for ${Math.floor(bytes / MIB)} MiB more`
}
