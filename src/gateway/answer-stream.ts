import type { Admission } from '../admission'
import { systemClock } from '../lib/clock'
import { Deadlines } from '../lib/deadlines'
import type { Deployment } from '../routing/plan'
import { ask } from './ask'
import type { Call } from './call'
import { CallerStream } from './caller-stream'
import type { GatewayDeps } from './deps'
import { leave, whenGone } from './leave'
import type { Asked } from './operation'
import { withParameterHeaders } from './parameter-headers'
import { streamResponse, toCallerError } from './respond'
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
  let caller: CallerStream | undefined
  const goodbye = () => {
    caller?.stop()
    leave(call, isCommitted, deps.drains)
  }
  whenGone(request.signal, goodbye)
  const opening = ask(
    asked,
    deployments,
    call,
    admission,
    (exchange, translated) => new StreamReader(call, exchange, dialect, deps.clock.now, translated),
    deps,
  )
  // The request has left: what its answer goes out with is made while the vendor thinks.
  caller = new CallerStream(deps, goodbye, dialect.keepAlive, call.keeping)
  const response = streamResponse(caller.body, call.requestId)
  try {
    const reader = await orPatience(opening, deps.patienceMs)
    isCommitted = true
    if (reader) reader.pipe(caller)
    else void pipeLater(opening, caller, call, deps, dialect)
    return withParameterHeaders(response, call)
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
  deps: GatewayDeps,
  dialect: StreamDialect,
): Promise<void> {
  void caller.keepAlive()
  try {
    const reader = await opening
    reader.pipe(caller)
  } catch (cause) {
    const error = toCallerError(cause, call.requestId, deps.log)
    void call.settle({ outcome: 'error', status: 200, error })
    for (const bytes of dialect.failure(error, call.requestId)) void caller.write(bytes)
    caller.end()
  }
}

const deadlines = new Deadlines(systemClock)

/** What the promise gives, or undefined once patience is over, give or take a moment. */
function orPatience<T>(promise: Promise<T>, patienceMs: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const deadline = deadlines.add(() => resolve(undefined), patienceMs)
    const inTime =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        deadlines.delete(deadline)
        settle(value)
      }
    promise.then(inTime<T>(resolve), inTime(reject))
  })
}
