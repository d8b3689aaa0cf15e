import type { GatewayDeps } from '../gateway/deps'
import type { Readiness } from '../ops/health'
import type { Store } from './store'

/** Whether this process should get requests now, and if not why. */
export async function readiness(store: Store, { limits }: GatewayDeps): Promise<Readiness> {
  const checks = {
    database: (await store.isReady()) ? 'ok' : 'cannot be reached',
    usage: limits.canRecord() ? 'ok' : 'no room for further records',
    draining: limits.draining ? 'shutting down' : 'ok',
  }
  return { ok: Object.values(checks).every(check => check === 'ok'), checks }
}
