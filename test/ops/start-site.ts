import { requireAdmin } from '../../src/admin/authorise'
import type { Readiness } from '../../src/ops/health'
import { Metrics } from '../../src/ops/metrics'
import { type Management, startManagement } from '../admin/start-management'

/** The whole application on a loopback port, with health and metrics that a test can set. */
export interface Site {
  url: string
  management: Management
  metrics: Metrics
  readiness: { value: Readiness | Error }
  stop(): Promise<void>
}

export async function startSite(): Promise<Site> {
  const readiness: Site['readiness'] = { value: { ok: true, checks: { database: 'ok', draining: 'ok' } } }
  const metrics = new Metrics({
    publicModel: asked => (['m', 'm-alias'].includes(asked) ? 'm' : undefined),
    gauges: {
      requestsInFlight: () => 3,
      usageBacklogBytes: () => 1400,
      usageOldestSeconds: () => 0.25,
      spoolBytes: () => 16_777_216,
      spoolRoomBytes: () => 1_000_000,
      memoryLimitBytes: () => 2_000_000,
      coolingDeployments: () => 1,
      budgetSlices: () => 2,
      budgetWaiters: () => 5,
      keys: () => management.deps.keyring.size,
    },
    tallies: {
      limitRefusals: () => ({ rpm: 7, tpm: 8, concurrency: 0 }),
      budgetTurns: () => 11,
      replays: () => 12,
      replayWaits: () => 13,
    },
  })
  const management = await startManagement('embedded', {
    version: '1.2.3',
    health: {
      ready: async () => {
        if (readiness.value instanceof Error) throw readiness.value
        return readiness.value
      },
    },
    scrape: { metrics, authorise: headers => requireAdmin(headers, management.deps) },
  })
  return { url: management.gateway.url, management, metrics, readiness, stop: management.stop }
}
