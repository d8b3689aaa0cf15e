import { Type } from '@sinclair/typebox'
import { Elysia } from 'elysia'
import { describeRoute } from '../openapi/route-docs'

/** Whether requests can be served, check by check. */
export interface Readiness {
  ok: boolean
  /** What was looked at, each with `ok` or, in a few words and without secrets, what is wrong. */
  checks: Record<string, string>
}

export interface HealthDeps {
  /** Answers in bounded time; a rejection counts as not ready. */
  ready: () => Promise<Readiness>
}

/** `GET /health/live`: the process answers. `GET /health/ready`: it can serve, or 503 with the reasons. */
export function health({ ready }: HealthDeps) {
  return new Elysia()
    .get('/health/live', () => answer({ status: 'ok' }, 200), { detail: DOCS.live })
    .get(
      '/health/ready',
      async () => {
        const { ok, checks } = await ready().catch(() => FAILED)
        return answer({ status: ok ? 'ok' : 'unavailable', checks }, ok ? 200 : 503)
      },
      { detail: DOCS.ready },
    )
}

const FAILED: Readiness = { ok: false, checks: { readiness: 'cannot be told' } }

function answer(body: object, status: number): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
}

const ReadySchema = Type.Object({ status: Type.String(), checks: Type.Record(Type.String(), Type.String()) })
const DOCS = {
  live: describeRoute({
    tag: 'Operations',
    summary: 'Is the process alive?',
    access: 'none',
    answer: {
      description: 'It is.',
      content: {
        'application/json': { schema: Type.Object({ status: Type.String() }), example: { status: 'ok' } },
      },
    },
  }),
  ready: describeRoute({
    tag: 'Operations',
    summary: 'Can it serve requests?',
    access: 'none',
    answer: {
      description: 'It can.',
      content: {
        'application/json': {
          schema: ReadySchema,
          example: {
            status: 'ok',
            checks: { database: 'ok', usage: 'ok', memory: 'ok', vendors: 'ok', draining: 'ok' },
          },
        },
      },
    },
    others: {
      503: {
        description: 'It cannot: `checks` says why.',
        content: {
          'application/json': {
            schema: ReadySchema,
            example: {
              status: 'unavailable',
              checks: {
                database: 'cannot be reached',
                usage: 'ok',
                memory: 'ok',
                vendors: 'ok',
                draining: 'ok',
              },
            },
          },
        },
      },
    },
  }),
}
