import { identify } from '../auth/caller'
import { assertModel, permit } from '../auth/permit'
import { enter } from '../limits/enter'
import { idempotencyKeyOf } from '../replay/idempotency-key'
import { plan } from '../routing/plan'
import { resolve } from '../routing/resolve'
import { emptyShape } from '../wire/shape'
import { asksForDrain } from './asks-for-drain'
import { Call } from './call'
import type { GatewayDeps } from './deps'
import { SCOPE_OF } from './endpoint-scope'
import { leave } from './leave'
import type { Operation } from './operation'
import { kept, repeat } from './repeat'
import { reserveBudget } from './reserve-budget'
import { reserveTokens } from './reserve-tokens'
import { errorResponse, toCallerError } from './respond'

/**
 * The hot path, start to finish. Who calls, may they, what do they want, where can it be had, and the answer;
 * what was used is recorded by whichever step ends the request.
 */
export async function serve(request: Request, operation: Operation, deps: GatewayDeps): Promise<Response> {
  const call = new Call(operation, deps)
  try {
    const identifying = identify(request.headers, deps.keyring)
    call.caller = identifying instanceof Promise ? await identifying : identifying
    const permission = permit(call.caller, SCOPE_OF[operation.endpoint], deps.clock.date())
    const entering = enter(permission, call.caller, deps.limits)
    const entry = entering instanceof Promise ? await entering : entering
    call.entry = entry
    call.livePlace = deps.live.add(call)
    const body = await operation.receive(request, call, deps)
    call.shape = emptyShape(body.length)
    deps.keepOpen(request)
    const asked = operation.read(body)
    call.describe(asked)
    const named = resolve(asked.model, deps.catalog)
    assertModel(call.caller, named.model.id)
    call.readsOn = asksForDrain(request.headers)
    const idempotencyKey = idempotencyKeyOf(request.headers)
    const again = idempotencyKey && (await repeat(idempotencyKey, body, call, request, deps))
    if (again) return again
    const deployments = plan(named, operation.endpoint, deps.catalog, deps.health)
    const reserving = entry.hold && reserveTokens(entry.hold, operation, asked, deployments)
    if (reserving) await reserving
    const admitting = reserveBudget(entry, call, asked, deployments, deps)
    const admission = admitting instanceof Promise ? await admitting : admitting
    call.admission = admission
    const response = await operation.answer(asked, deployments, call, admission, request, deps)
    entry.hold?.writeHeaders(response.headers)
    return call.keeping ? await kept(call.keeping, response) : response
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
  const { refusal = errorResponse } = call.operation
  const response = refusal(error, call.requestId)
  call.entry?.hold?.writeHeaders(response.headers)
  return response
}
