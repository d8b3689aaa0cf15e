import { Elysia } from 'elysia'
import type { Admission, Entry } from '../admission'
import { identify } from '../auth/caller'
import { assertModel, permit } from '../auth/permit'
import { GatewayError } from '../errors'
import { newId } from '../lib/id'
import { admit } from '../limits/admit'
import { enter } from '../limits/enter'
import { withOwnThoughts } from '../messages/own-thoughts'
import { type MessagesRequest, readMessagesRequest } from '../messages/request'
import { type Deployment, plan } from '../routing/plan'
import { resolve } from '../routing/resolve'
import { attempt } from '../upstream/attempt'
import { Exchange } from '../upstream/exchange'
import { UpstreamFailure } from '../upstream/failure'
import { estimateMedia } from '../usage/estimate'
import { passRequest } from '../vendors/anthropic/pass'
import { readJsonAnswer } from '../wire/json-answer'
import { countable, guessMessages } from './count-messages'
import { countTokensDocs } from './count-tokens-docs'
import type { GatewayDeps } from './deps'
import { whenGone } from './leave'
import { speaksMessages } from './messages-chat'
import { refuseMessages, withOwnId } from './messages-response'
import { receiveMessages } from './receive-messages'
import { jsonResponse, toCallerError } from './respond'
import { UnaryReader } from './unary-reader'

/** `POST /v1/messages/count_tokens`: costs nothing and leaves no record; a key's limits count it as a request. */
export function countTokens(deps: GatewayDeps) {
  return new Elysia().post(
    '/v1/messages/count_tokens',
    async ({ request }) => withOwnId(await answer(request, deps)),
    { parse: 'none', detail: countTokensDocs },
  )
}

const NOTHING = { mostPicoUsd: 0n, leastPicoUsd: 0n, fit: () => 0n }
const LEFT = new UpstreamFailure(new GatewayError('upstream_error', 'The caller left.'), false)

/** What a request holds while it is counted. */
interface Held {
  entry?: Entry
  admission?: Admission
}

async function answer(request: Request, deps: GatewayDeps): Promise<Response> {
  const requestId = newId()
  const held: Held = {}
  const response = await count(request, deps, held).then(
    bytes => jsonResponse(bytes, requestId),
    cause => refuse(cause, requestId, deps),
  )
  held.entry?.hold?.writeHeaders(response.headers)
  held.admission?.settle(0n)
  held.entry?.release()
  return response
}

async function count(request: Request, deps: GatewayDeps, held: Held): Promise<Uint8Array> {
  const caller = await identify(request.headers, deps.keyring)
  const date = deps.clock.date()
  const entry = await enter(permit(caller, 'llm', date), caller, deps.limits)
  held.entry = entry
  const body = await receiveMessages(request, deps)
  deps.keepOpen(request)
  const asked = readMessagesRequest(body, false)
  const named = resolve(asked.model, deps.catalog)
  assertModel(caller, named.model.id)
  const deployments = plan(named, 'messages', deps.catalog, deps.health)
  const own = deployments.filter(speaksMessages)
  if (own.length === 0) return counted(asked, deployments, deps)
  held.admission = await admit(entry, caller, date, NOTHING, deps.limits)
  return told(asked, own, held.admission, request.signal, deps)
}

function refuse(cause: unknown, requestId: string, deps: GatewayDeps): Response {
  const error = toCallerError(cause, requestId, deps.log)
  if (error.status === 401) deps.countStranger()
  return refuseMessages(error, requestId)
}

/** The vendor's own count, as it is written. Throws UpstreamFailure. */
async function told(
  asked: MessagesRequest,
  deployments: readonly Deployment[],
  admission: Admission,
  signal: AbortSignal,
  deps: GatewayDeps,
): Promise<Uint8Array> {
  const own = withOwnThoughts(asked)
  const dial = (deployment: Deployment) => {
    const request = passRequest(own, '/messages/count_tokens', deployment.vendor, deployment.model)
    const read = (exchange: Exchange) => new UnaryReader(exchange, readCount, () => undefined)
    const exchange = new Exchange(admission, deployment, request, read, deps)
    whenGone(signal, () => exchange.abort(LEFT))
    return exchange
  }
  const { answer } = await attempt(deployments, dial, () => {})
  if (!answer) throw new Error('told: opened without a count')
  return answer.bytes
}

function readCount(bytes: Uint8Array) {
  return readJsonAnswer(bytes, 'input_tokens')
}

/** Our own count, for vendors that have none: the prompt as the chat that it becomes there. */
async function counted(
  asked: MessagesRequest,
  [deployment]: readonly Deployment[],
  { tokenizer }: GatewayDeps,
): Promise<Uint8Array> {
  if (!deployment) throw new Error('counted: the plan is empty')
  const chat = countable(asked, deployment)
  const tokens = await tokenizer.count(chat.body, [])
  const inputTokens = tokens
    ? tokens.input + estimateMedia(chat.shape.images, chat.media)
    : guessMessages(asked, deployment)
  return Buffer.from(JSON.stringify({ input_tokens: inputTokens }))
}
