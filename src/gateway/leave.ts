import { GatewayError } from '../errors'
import { UpstreamFailure } from '../upstream/failure'
import { tellsOnTheWay } from '../vendors/openai/stream-options'
import { CALLER_LEFT_STATUS, type Call, type Try } from './call'
import type { Drains } from './drains'

/** Says why a vendor's connection was closed; nobody else is asked, and the caller is not there to read it. */
const CALLER_LEFT = new UpstreamFailure(new GatewayError('upstream_error', 'The caller left.'), false)

/**
 * The caller closed the connection. What the vendor bills decides: one that stops billing when it is cut is closed at
 * once, at every stage; one that bills on, whose figures nobody else can know, or whose caller has asked for that, is read
 * to its end without the caller.
 */
export function leave(call: Call, isCommitted: boolean, drains: Drains): void {
  if (call.settled || call.left) return
  if (call.isAnswered) {
    // Nobody waits for what is being counted.
    call.entry?.release()
    return
  }
  call.left = { status: isCommitted ? 200 : CALLER_LEFT_STATUS }
  call.stopped = CALLER_LEFT
  const last = call.tries.at(-1)
  const why = last && isUnderWay(last) ? whyReadOn(last, call) : undefined
  if (last && why && drains.take(last.exchange, why)) return
  const reading = last?.reader.reading
  last?.exchange.abort(CALLER_LEFT)
  void call.settle({ outcome: 'cancelled', status: call.left.status, ...(reading && { reading }) })
}

/** Calls `run` when the caller closes the connection, also if that has happened already; in the place of what was to run before. */
export function whenGone(signal: AbortSignal, run: () => void): void {
  if (signal.aborted) run()
  // A listener that is added costs three times as much.
  else signal.onabort = run
}

function isUnderWay({ exchange }: Try): boolean {
  return exchange.endedAt === null && (exchange.status === null || exchange.status < 300)
}

function whyReadOn(last: Try, { stream, readsOn }: Call): 'billed' | 'asked' | undefined {
  if (billsOn(last, stream)) return 'billed'
  return readsOn ? 'asked' : undefined
}

/** Hidden reasoning is billed and never sent: only the vendor can count it, unless it has told its count until now. */
function billsOn(
  { deployment: { vendor, hidesReasoning }, exchange, reader }: Try,
  stream: boolean,
): boolean {
  if (!exchange.dialled) return false
  if (vendor.onDisconnect === 'drain') return true
  return hidesReasoning && !(stream && tellsOnTheWay(vendor) && reader.reading.usage)
}
