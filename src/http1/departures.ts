import type { Call } from './call'
import { TransportError } from './transport-error'

/**
 * Lets the requests of one turn of the event loop leave together, when it is over. Each one alone would wake its receiver
 * anew: of a request's whole CPU under load a fifth goes into that. A lone request waits for the one turn it came in.
 * Holds no more than there are calls under way.
 */
export class Departures {
  private waiting: Call[] = []
  private readonly nextTurn: (run: () => void) => void

  constructor(nextTurn: (run: () => void) => void) {
    this.nextTurn = nextTurn
  }

  /** Sends the call on its pool when the turn is over, unless it is aborted by then or its sink does not let it. */
  add(call: Call): void {
    if (this.waiting.push(call) === 1) this.nextTurn(() => this.leave())
  }

  private leave(): void {
    const calls = this.waiting
    this.waiting = []
    const leaving = calls.filter(mayLeave)
    for (const call of leaving) if (!call.isAborted) send(call)
  }
}

/** All are asked before one leaves: what they wait for is done once for all of them. */
function mayLeave(call: Call): boolean {
  if (call.isAborted) return false
  try {
    call.sink.leaves?.()
    return true
  } catch (cause) {
    withhold(call, cause)
    return false
  }
}

function send(call: Call): void {
  try {
    call.prepared.pool.send(call)
  } catch (cause) {
    withhold(call, cause)
  }
}

/** What fails for one must not keep the others. */
function withhold(call: Call, cause: unknown): void {
  call.abort()
  try {
    call.sink.fail(new TransportError('withheld', 'the request did not leave', cause))
  } catch {
    // Nobody is left to hear it.
  }
}
