import { GatewayError } from '../errors'
import { UpstreamFailure } from '../upstream/failure'
import { CALLER_LEFT_STATUS, type Call } from './call'

/** Says why a vendor's connection was closed; nobody else is asked, and the caller is not there to read it. */
const CALLER_LEFT = new UpstreamFailure(new GatewayError('upstream_error', 'The caller left.'), false)

/** The caller closed the connection: so do we, at once and at every stage, and what was used until then is recorded. */
export function leave(call: Call, isCommitted: boolean): void {
  if (call.settled) return
  call.stopped = CALLER_LEFT
  const last = call.tries.at(-1)
  const reading = last?.reader.reading
  last?.exchange.abort(CALLER_LEFT)
  void call.settle({
    outcome: 'cancelled',
    status: isCommitted ? 200 : CALLER_LEFT_STATUS,
    ...(reading && { reading }),
  })
}

/** Calls `run` when the caller closes the connection, also if that has happened already. */
export function whenGone(signal: AbortSignal, run: () => void): void {
  if (signal.aborted) run()
  else signal.addEventListener('abort', run)
}
