import { Type } from '@sinclair/typebox'
import { Elysia } from 'elysia'
import { describeRoute } from '../openapi/route-docs'
import type { Metrics } from './metrics'

export interface ScrapeDeps {
  metrics: Pick<Metrics, 'contentType' | 'text'>
  /** Throws for who may not read them: all but the admin key, unless they are public. */
  authorise: (headers: Headers) => void | Promise<void>
}

/** `GET /metrics`, for Prometheus. */
export function scrape({ metrics, authorise }: ScrapeDeps) {
  return new Elysia()
    .onBeforeHandle(({ request }) => authorise(request.headers))
    .get(
      '/metrics',
      async () =>
        new Response(await metrics.text(), {
          headers: { 'content-type': metrics.contentType, 'cache-control': 'no-store' },
        }),
      { detail: DOCS },
    )
}

const DOCS = describeRoute({
  tag: 'Operations',
  summary: 'Metrics for Prometheus',
  description: 'Needs the admin key, unless `METRICS_PUBLIC=1`.',
  access: 'admin',
  answer: {
    description: 'Prometheus’ text format.',
    content: {
      'text/plain': {
        schema: Type.String(),
        example:
          'callmissed_requests_total{endpoint="chat.completions",vendor="acme",model="acme-large",outcome="ok",status="2xx"} 120\n',
      },
    },
  },
  errors: ['invalid_api_key', 'scope_not_allowed', 'management_disabled'],
})
