import type { Admission } from '../admission'
import type { Deployment } from '../routing/plan'
import { ask } from './ask'
import { AudioReader } from './audio-reader'
import type { Call } from './call'
import { CallerStream } from './caller-stream'
import type { GatewayDeps } from './deps'
import { leave, whenGone } from './leave'
import type { Asked } from './operation'
import { bytesResponse } from './respond'

/** Answers with a vendor's sound while it comes; what it costs stands in a header where `costOf` knows it beforehand. */
export async function answerAudio(
  asked: Asked,
  deployments: readonly Deployment[],
  call: Call,
  admission: Admission,
  request: Request,
  deps: GatewayDeps,
  costOf: (deployment: Deployment) => bigint | undefined,
): Promise<Response> {
  let isCommitted = false
  const goodbye = () => {
    caller.stop()
    leave(call, isCommitted, deps.drains)
  }
  const caller = new CallerStream(deps, goodbye, null, call.keeping)
  whenGone(request.signal, goodbye)
  try {
    const reader = await ask(
      asked,
      deployments,
      call,
      admission,
      exchange => new AudioReader(call, exchange, deps.clock.now),
      deps,
    )
    isCommitted = true
    reader.pipe(caller)
    const deployment = call.tries.at(-1)?.deployment
    const own = deployment && costOf(deployment)
    const cost = own === undefined ? undefined : own + ((await call.earlier?.cost()) ?? 0n)
    return bytesResponse(caller.body, reader.contentType, call.requestId, cost)
  } catch (error) {
    caller.stop()
    throw error
  }
}
