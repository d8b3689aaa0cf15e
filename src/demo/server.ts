import { type Log, silentLog } from '../lib/log'
import { makeAnswer, type Surroundings } from './answer'
import { DEMO_MODELS, describeModel, findModel } from './models'
import { PromptCache } from './prompt-cache'
import type { Random } from './random'
import { readChat } from './read-chat'
import { Refusal } from './refusal'
import { respondStreamed, respondWhole } from './respond'
import { newSuffix } from './tool-calls'

export interface DemoVendorOptions {
  /** 0, the default, takes a free one. */
  port?: number
  /** Milliseconds since 1970. */
  now?: () => number
  random?: Random
  /** Milliseconds that a token takes, where the request does not say. */
  paceMs?: number
  /** Hears of a failure that is the demo vendor's own fault. */
  log?: Log
}

export interface DemoVendor {
  /** What stands before the resource path; ends in `/v1`. */
  url: string
  /** How many answers are being made or sent. */
  active(): number
  /** Ends at once what is still being sent. */
  stop(): Promise<void>
}

const PACE_MS = 25
const MAX_BODY_BYTES = 256 * 1024 * 1024

/**
 * A vendor of invented text, on loopback alone, that speaks OpenAI's dialect: so that nothing in the gateway knows that it
 * is none. What a request can ask of it is listed at `Directives`.
 */
export function startDemoVendor(options: DemoVendorOptions = {}): DemoVendor {
  const { port = 0, now = Date.now, random = Math.random, paceMs = PACE_MS, log = silentLog } = options
  const surroundings: Surroundings = { now, random, paceMs, cache: new PromptCache() }
  let active = 0
  const begun = () => {
    active += 1
    let over = false
    return () => {
      if (!over) active -= 1
      over = true
    }
  }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    idleTimeout: 0,
    maxRequestBodySize: MAX_BODY_BYTES,
    fetch: async request => {
      const response = await answer(request, surroundings, begun).catch(error =>
        refuse(error, log, request.signal),
      )
      response.headers.set('x-request-id', `req_${newSuffix(random)}`)
      return response
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    active: () => active,
    stop: () => server.stop(true),
  }
}

async function answer(
  request: Request,
  surroundings: Surroundings,
  begun: () => () => void,
): Promise<Response> {
  const route = findRoute(request)
  if (route !== 'chat') return Response.json(route)
  const made = makeAnswer(readChat(await request.bytes()), surroundings)
  const ended = begun()
  if (made.chat.stream) return respondStreamed(made, request.signal, ended)
  return respondWhole(made, request.signal).finally(ended)
}

const MODELS = '/v1/models'

/** A body to answer with, or the one route that has something to do. */
function findRoute(request: Request): object | 'chat' {
  const { pathname } = new URL(request.url)
  const chat = pathname === '/v1/chat/completions'
  if (chat && request.method === 'POST') return 'chat'
  const isModels = pathname === MODELS || pathname.startsWith(`${MODELS}/`)
  if (!chat && !isModels)
    throw new Refusal('The demo vendor has no such path.', { status: 404, code: 'unknown_url' })
  if (request.method !== 'GET' || chat) {
    const headers = { allow: chat ? 'POST' : 'GET' }
    const message = 'The demo vendor does not take this method here.'
    throw new Refusal(message, { status: 405, code: 'method_not_allowed', headers })
  }
  if (pathname === MODELS) return { object: 'list', data: DEMO_MODELS.map(describeModel) }
  return describeModel(findModel(pathname.slice(MODELS.length + 1)))
}

function refuse(error: unknown, log: Log, signal: AbortSignal): Response {
  const failure = new Refusal('The demo vendor failed.', { status: 500, type: 'server_error' })
  if (!(error instanceof Refusal) && !signal.aborted)
    log.error('the demo vendor failed', { error: error instanceof Error ? error.message : String(error) })
  const refusal = error instanceof Refusal ? error : failure
  const headers = { 'content-type': 'application/json', ...refusal.headers }
  return new Response(refusal.toJson(), { status: refusal.status, headers })
}
