import { identify } from '../auth/caller'
import { assertModel, permit } from '../auth/permit'
import type { Endpoint } from '../catalog/model'
import { admit } from '../limits/admit'
import { enter } from '../limits/enter'
import { plan } from '../routing/plan'
import { resolve } from '../routing/resolve'
import { readBody } from '../wire/body'
import { readChatRequest } from '../wire/chat-request'
import { emptyShape } from '../wire/shape'
import { answerStream } from './answer-stream'
import { answerUnary } from './answer-unary'
import { Call } from './call'
import type { GatewayDeps } from './deps'
import { SCOPE_OF } from './endpoint-scope'
import { leave } from './leave'
import { errorResponse, toCallerError } from './respond'

/**
 * The hot path, start to finish. Who calls, may they, what do they want, where can it be had, and the answer;
 * what was used is recorded by whichever step ends the request.
 */
export async function serve(request: Request, endpoint: Endpoint, deps: GatewayDeps): Promise<Response> {
  const call = new Call(endpoint, deps)
  try {
    call.caller = await identify(request.headers, deps.keyring)
    const permission = permit(call.caller, SCOPE_OF[endpoint], deps.clock.date())
    const entry = enter(permission, deps.limits)
    call.entry = entry
    deps.live.add(call)
    const body = await readBody(request, deps.maxJsonBytes, deps.slowestBodyMs)
    call.shape = emptyShape(body.length)
    deps.keepOpen(request)
    const chat = readChatRequest(body)
    call.describe(chat)
    assertModel(call.caller, resolve(chat.model, deps.catalog).model.id)
    const deployments = plan(chat.model, endpoint, deps.catalog, deps.health)
    const admission = admit(entry)
    call.admission = admission
    const answer = chat.stream ? answerStream : answerUnary
    return await answer(chat, deployments, call, admission, request, deps)
  } catch (error) {
    return refuse(error, call, request, deps)
  }
}

function refuse(cause: unknown, call: Call, request: Request, deps: GatewayDeps): Response {
  const error = toCallerError(cause, call.requestId, deps.log)
  if (!call.caller && error.status === 401) deps.countStranger()
  if (request.signal.aborted) leave(call, false, deps.drains)
  const outcome = call.tries.length > 0 ? 'error' : 'rejected'
  void call.settle({ outcome, status: error.status, error })
  return errorResponse(error, call.requestId)
}
