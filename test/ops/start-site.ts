import type { Elysia } from 'elysia'
import { requireAdmin } from '../../src/admin/authorise'
import { chatCompletionsDocs } from '../../src/gateway/chat-completions-docs'
import { modelsDocs } from '../../src/gateway/models-docs'
import { configSchema } from '../../src/ops/config-schema'
import { docs } from '../../src/ops/docs'
import { health, type Readiness } from '../../src/ops/health'
import { Metrics } from '../../src/ops/metrics'
import { scrape } from '../../src/ops/scrape'
import { type Management, manage, startManagement } from '../admin/start-management'

/** Management, catalog and operations on a loopback port, with a description of the hot routes. */
export interface Site {
  url: string
  management: Management
  metrics: Metrics
  app: Elysia
  readiness: { value: Readiness | Error }
  stop(): Promise<void>
}

export async function startSite(): Promise<Site> {
  const management = await startManagement()
  const readiness: Site['readiness'] = { value: { ok: true, checks: { database: 'ok', draining: 'ok' } } }
  const metrics = new Metrics({
    publicModel: asked => (['m', 'm-alias'].includes(asked) ? 'm' : undefined),
    gauges: {
      requestsInFlight: () => 3,
      usageBacklogBytes: () => 1400,
      spoolBytes: () => 16_777_216,
      coolingDeployments: () => 1,
      keys: () => management.deps.keyring.size,
    },
  })
  const app: Elysia = manage(management.deps)
  app
    .post('/v1/chat/completions', () => '', { parse: 'none', detail: chatCompletionsDocs })
    .get('/v1/models', () => '', { detail: modelsDocs.list })
    .get('/v1/models/*', () => '', { detail: modelsDocs.find })
    .use(
      health({
        ready: () =>
          readiness.value instanceof Error
            ? Promise.reject(readiness.value)
            : Promise.resolve(readiness.value),
      }),
    )
    .use(scrape({ metrics, authorise: headers => requireAdmin(headers, management.deps) }))
    .use(configSchema())
    .use(docs({ version: '1.2.3', routes: () => app.routes }))
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: request => app.fetch(request) })
  return {
    url: `http://127.0.0.1:${server.port}`,
    management,
    metrics,
    app,
    readiness,
    async stop() {
      await server.stop(true)
      await management.fresh.close()
    },
  }
}
