import type { Admission } from '../admission'
import type { Deployment } from '../routing/plan'
import type { Adapter } from '../vendors/adapter'
import type { UnaryAnswer } from '../wire/chat-answer'
import type { Usage } from '../wire/usage'
import { ask } from './ask'
import type { Bill } from './bill'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import { leave, whenGone } from './leave'
import type { Asked } from './operation'
import { UnaryReader } from './unary-reader'

/** How an endpoint's whole answer is read, and what the caller gets of it. */
export interface Whole<A extends Asked = Asked, W extends UnaryAnswer = UnaryAnswer> {
  /** Undefined for bytes that are no answer to what was asked. */
  read(bytes: Uint8Array, asked: A): W | undefined
  /** The vendor's figures in it; undefined where there are none, or none that can be. */
  usage(answer: W, adapter: Adapter): Usage | undefined
  respond(answer: W, bill: Bill, asked: A, requestId: string): Response
}

/** Answers with the vendor's whole answer, once its record is safe. */
export async function answerUnary<A extends Asked, W extends UnaryAnswer>(
  asked: A,
  deployments: readonly Deployment[],
  call: Call,
  admission: Admission,
  request: Request,
  deps: GatewayDeps,
  whole: Whole<A, W>,
): Promise<Response> {
  whenGone(request.signal, () => leave(call, false, deps.drains))
  const reader = await ask(
    asked,
    deployments,
    call,
    admission,
    exchange => new UnaryReader(exchange, bytes => whole.read(bytes, asked), whole.usage),
    deps,
  )
  const { answer, reading } = reader
  if (!answer) throw new Error('answerUnary: opened without an answer')
  const bill = await call.bill(reading)
  if (!bill) throw new Error('answerUnary: an answer without a bill')
  const safe = call.settle({ outcome: 'ok', status: 200, reading }, bill)
  if (safe) await safe
  return whole.respond(answer, bill, asked, call.requestId)
}
