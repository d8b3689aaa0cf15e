import type { GatewayDeps } from '../gateway/deps'
import type { Readiness } from '../ops/health'
import type { Store } from './store'

/** Less room than this for records is told: at 500 requests a second without a database it lasts ten minutes. */
const SCARCE_BYTES = 256 * 1024 * 1024
const MIB = 1024 * 1024

interface Serving {
  limits: Pick<GatewayDeps['limits'], 'canRecord' | 'draining'>
  recorder: Pick<GatewayDeps['recorder'], 'roomBytes'>
}

/** Whether this process should get requests now, and if not why; and what will soon be a reason. */
export async function readiness(
  store: Pick<Store, 'isReady'>,
  { limits, recorder }: Serving,
): Promise<Readiness> {
  const isStored = await store.isReady()
  const isRecorded = limits.canRecord()
  const checks = {
    database: isStored ? 'ok' : 'cannot be reached',
    usage: isRecorded ? room(recorder.roomBytes?.()) : 'no room for further records',
    draining: limits.draining ? 'shutting down' : 'ok',
  }
  return { ok: isStored && isRecorded && !limits.draining, checks }
}

function room(bytes = Number.POSITIVE_INFINITY): string {
  return bytes >= SCARCE_BYTES ? 'ok' : `ok, but records have room for ${Math.floor(bytes / MIB)} MiB more`
}
