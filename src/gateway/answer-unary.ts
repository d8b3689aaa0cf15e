import type { Admission } from '../admission'
import type { Deployment } from '../routing/plan'
import { addUsage, withCost, withUsage } from '../usage/usage-event'
import type { UnaryAnswer } from '../wire/chat-answer'
import type { ChatRequest } from '../wire/chat-request'
import { ask } from './ask'
import type { Bill } from './bill'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import { leave, whenGone } from './leave'
import { jsonResponse } from './respond'
import { UnaryReader } from './unary-reader'

/** Answers with the vendor's whole JSON, `cost_usd` added to its usage, once its record is safe. */
export async function answerUnary(
  chat: ChatRequest,
  deployments: readonly Deployment[],
  call: Call,
  admission: Admission,
  request: Request,
  deps: GatewayDeps,
): Promise<Response> {
  whenGone(request.signal, () => leave(call, false, deps.drains))
  const reader = await ask(chat, deployments, call, admission, exchange => new UnaryReader(exchange), deps)
  const { answer, reading } = reader
  if (!answer) throw new Error('answerUnary: opened without an answer')
  const bill = await call.bill(reading)
  if (!bill) throw new Error('answerUnary: an answer without a bill')
  const safe = call.settle({ outcome: 'ok', status: 200, reading }, bill)
  if (safe) await safe
  return jsonResponse(billed(answer, bill), call.requestId)
}

/** The caller reads the figures that were billed: the vendor's own, or an estimate in the place of impossible ones. */
function billed(answer: UnaryAnswer, { usage, source, costPicoUsd }: Bill): Uint8Array {
  const { bytes, usageSpan, isUsageBeside } = answer
  if (isUsageBeside) return addUsage(bytes, usage, costPicoUsd)
  return source === 'vendor'
    ? withCost(bytes, costPicoUsd, usageSpan)
    : withUsage(bytes, usage, costPicoUsd, usageSpan)
}
