import type { Admission } from '../admission'
import type { Deployment } from '../routing/plan'
import type { Exchange } from '../upstream/exchange'
import type { Adapter } from '../vendors/adapter'
import type { UnaryAnswer } from '../wire/chat-answer'
import type { Usage } from '../wire/usage'
import { ask } from './ask'
import type { Bill } from './bill'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import { leave, whenGone } from './leave'
import type { Asked } from './operation'
import { withParameterHeaders } from './parameter-headers'
import type { MeteredReader } from './reading'
import type { Translated } from './translate'
import { UnaryReader } from './unary-reader'

/** How an endpoint's whole answer is read, and what the caller gets of it. */
export interface Whole<A extends Asked = Asked, W extends UnaryAnswer = UnaryAnswer> {
  /** Undefined for bytes that are no answer to what was asked. */
  read(bytes: Uint8Array, asked: A): W | undefined
  /** The vendor's figures in it; undefined where there are none, or none that can be. */
  usage(answer: W, adapter: Adapter): Usage | undefined
  respond(answer: W, bill: Bill, asked: A, requestId: string): Response
  /** Reads an answer in a dialect of the vendor's own; absent where none is translated. */
  translated?(exchange: Exchange, translated: Translated, call: Call): WholeReader<W>
}

/** A reader of a whole answer. */
export interface WholeReader<W> extends MeteredReader {
  readonly answer: W | undefined
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
    (exchange, translated) =>
      (translated && whole.translated?.(exchange, translated, call)) ??
      new UnaryReader(exchange, bytes => whole.read(bytes, asked), whole.usage),
    deps,
  )
  const { answer, reading } = reader
  if (!answer) throw new Error('answerUnary: opened without an answer')
  call.isAnswered = true
  const billing = call.bill(reading)
  const bill = billing instanceof Promise ? await billing : billing
  if (!bill) throw new Error('answerUnary: an answer without a bill')
  const safe = call.settle({ outcome: 'ok', status: 200, reading }, bill)
  try {
    // Made while the disk works: what many requests waited for together then leaves together.
    return withParameterHeaders(whole.respond(answer, bill, asked, call.requestId), call)
  } finally {
    if (safe) await safe
  }
}
