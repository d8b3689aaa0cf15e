import { Elysia } from 'elysia'
import { audit, auditById } from './admin/audit'
import { auditBatches } from './admin/audit-batches'
import { catalogModels } from './admin/catalog-models'
import { corrections } from './admin/corrections'
import type { AdminDeps } from './admin/deps'
import { keyChanges, keys } from './admin/keys'
import { managementAudit } from './admin/management-audit'
import { tenantChanges, tenants } from './admin/tenants'
import { usage } from './admin/usage'
import { asGatewayError, GatewayError } from './errors'
import { chatCompletions } from './gateway/chat-completions'
import { completions } from './gateway/completions'
import { countTokens } from './gateway/count-tokens'
import type { GatewayDeps } from './gateway/deps'
import { embeddings } from './gateway/embeddings'
import { images } from './gateway/images'
import { messages } from './gateway/messages'
import { refuseMessages } from './gateway/messages-response'
import { models } from './gateway/models'
import { moderations } from './gateway/moderations'
import { speech } from './gateway/speech'
import { transcriptions } from './gateway/transcriptions'
import { translations } from './gateway/translations'
import { newId } from './lib/id'
import { configSchema } from './ops/config-schema'
import { docs } from './ops/docs'
import type { DescribedRoute } from './ops/docs-plugin'
import { type HealthDeps, health } from './ops/health'
import { type ScrapeDeps, scrape } from './ops/scrape'

export interface AppDeps {
  gateway: GatewayDeps
  admin: AdminDeps
  health: HealthDeps
  scrape: ScrapeDeps
  version: string
}

/** The whole application, every route in one visible list. It does no I/O of its own, so a test builds it in one line. */
export function createApp(deps: AppDeps) {
  // The docs show every route, themselves included: they can only look once all are there.
  let listed: readonly DescribedRoute[] = []
  // Elysia otherwise looks for the path from the twelfth character of the URL on: behind a host of three letters it would miss a part.
  const app = new Elysia({ strictPath: true, handler: { standardHostname: false } })
    .onError(({ error, code, request, path }) => {
      if (code === 'NOT_FOUND') return refuse(missing(request.method, path), path)
      if (code === 'PARSE')
        return refuse(new GatewayError('invalid_json', 'The body is not valid JSON.'), path)
      return refuse(logged(error), path)
    })
    .use(chatCompletions(deps.gateway))
    .use(messages(deps.gateway))
    .use(countTokens(deps.gateway))
    .use(embeddings(deps.gateway))
    .use(transcriptions(deps.gateway))
    .use(translations(deps.gateway))
    .use(speech(deps.gateway))
    .use(images(deps.gateway))
    .use(moderations(deps.gateway))
    .use(completions(deps.gateway))
    .use(models(deps.gateway))
    .use(catalogModels(deps.admin))
    .use(tenants(deps.admin))
    .use(tenantChanges(deps.admin))
    .use(keys(deps.admin))
    .use(keyChanges(deps.admin))
    .use(audit(deps.admin))
    .use(managementAudit(deps.admin))
    .use(auditBatches(deps.admin))
    .use(auditById(deps.admin))
    .use(corrections(deps.admin))
    .use(usage(deps.admin))
    .use(health(deps.health))
    .use(configSchema())
    .use(scrape(deps.scrape))
    .use(docs({ version: deps.version, routes: () => listed }))
  listed = app.routes
  const missing = createMissing(() => listed)
  const logged = (cause: unknown) => {
    const error = asGatewayError(cause)
    if (error.code === 'internal_error') deps.gateway.log.error('a route failed', { name: nameOf(cause) })
    return error
  }
  return app
}

/** Anthropic's SDKs are told in their own dialect also where no route answers. */
function refuse(error: GatewayError, path: string): Response {
  return path === MESSAGES || path.startsWith(`${MESSAGES}/`)
    ? refuseMessages(error, newId())
    : error.toResponse()
}

const MESSAGES = '/v1/messages'

/** What is missing most often is the `/v1` of an SDK's base URL. */
const UNKNOWN_URL =
  "There is no such URL here. An SDK's base URL ends in '/v1', management is under '/api/v1', and '/docs' shows every route."

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause
}

/** Tells a path that does not exist from one that exists for other methods. */
function createMissing(routes: () => readonly { method: string; path: string }[]) {
  let patterns: { method: string; pattern: RegExp }[] | undefined
  return (method: string, path: string): GatewayError => {
    patterns ??= routes().map(route => ({ method: route.method, pattern: patternOf(route.path) }))
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map(route => route.method)
    if (methods.length === 0) return new GatewayError('unknown_url', UNKNOWN_URL)
    const allow = [...new Set(methods)].join(', ')
    return new GatewayError('method_not_allowed', `This URL takes ${allow}, not ${printable(method)}.`, {
      headers: { allow },
    })
  }
}

function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\*/g, '.+').replace(/:[^/]+/g, '[^/]+')}$`)
}

function printable(method: string): string {
  return /^[A-Z]{1,20}$/.test(method) ? method : 'this method'
}
