import type { Admission } from '../admission'
import type { Deployment } from '../routing/plan'
import { ask } from './ask'
import type { Call } from './call'
import { CallerStream } from './caller-stream'
import type { GatewayDeps } from './deps'
import { leave, whenGone } from './leave'
import type { Asked } from './operation'
import { withParameterHeaders } from './parameter-headers'
import { streamResponse } from './respond'
import type { StreamDialect } from './stream-dialect'
import { StreamReader } from './stream-reader'

/**
 * Answers a stream request. The 200 goes out with the vendor's first content, or after `patienceMs` of silence;
 * until the caller has been sent an event, another deployment may still be asked, also behind a 200.
 */
export async function answerStream(
  asked: Asked,
  deployments: readonly Deployment[],
  call: Call,
  admission: Admission,
  request: Request,
  deps: GatewayDeps,
  dialect: StreamDialect,
): Promise<Response> {
  let isCommitted = false
  const goodbye = () => {
    caller.stop()
    leave(call, isCommitted, deps.drains)
  }
  const caller = new CallerStream(deps, goodbye, dialect.keepAlive, call.keeping)
  whenGone(request.signal, goodbye)
  const opening = ask(
    asked,
    deployments,
    call,
    admission,
    (exchange, translated) => new StreamReader(call, exchange, dialect, deps.clock.now, translated),
    deps,
  )
  try {
    const reader = await orPatience(opening, deps.patienceMs)
    isCommitted = true
    if (reader) reader.pipe(caller)
    else void pipeLater(opening, caller, call, dialect)
    return withParameterHeaders(streamResponse(caller.body, call.requestId), call)
  } catch (error) {
    caller.stop()
    throw error
  }
}

/** The head is out: from now on a failure is an event. */
async function pipeLater(
  opening: Promise<StreamReader>,
  caller: CallerStream,
  call: Call,
  dialect: StreamDialect,
): Promise<void> {
  void caller.keepAlive()
  try {
    const reader = await opening
    reader.pipe(caller)
  } catch (cause) {
    const error = call.failed(cause)
    for (const bytes of dialect.failure(error, call.requestId)) void caller.write(bytes)
    caller.end()
  }
}

/** What the promise gives, or undefined once patience is over. */
async function orPatience<T>(promise: Promise<T>, patienceMs: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, patienceMs, undefined)
  })
  try {
    return await Promise.race([promise, patience])
  } finally {
    clearTimeout(timer)
  }
}
