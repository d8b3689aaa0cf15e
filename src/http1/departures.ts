import type { Call } from './call'
import { TransportError } from './transport-error'

export interface DeparturesDeps {
  /** Runs when this turn of the event loop is over. */
  nextTurn: (run: () => void) => void
  /** Comes before requests leave. Where it throws, none of them does: they fail as `withheld`, by that cause. */
  beforeLeaving: () => void
}

/**
 * Lets the requests of one turn of the event loop leave together, when it is over. Each one alone would wake its receiver
 * anew: of a request's whole CPU under load a fifth goes into that. A lone request waits for the one turn it came in.
 * Holds no more than there are calls under way.
 */
export class Departures {
  private waiting: Call[] = []
  private readonly deps: DeparturesDeps

  constructor(deps: DeparturesDeps) {
    this.deps = deps
  }

  /** Sends the call on its pool when the turn is over, unless it is aborted by then. */
  add(call: Call): void {
    if (this.waiting.push(call) === 1) this.deps.nextTurn(() => this.leave())
  }

  private leave(): void {
    const calls = this.waiting
    this.waiting = []
    try {
      this.deps.beforeLeaving()
    } catch (cause) {
      const error = new TransportError('withheld', 'the request was not to leave', cause)
      for (const call of calls) if (!call.isAborted) call.sink.fail(error)
      return
    }
    for (const call of calls) if (!call.isAborted) send(call)
  }
}

/** What fails for one must not keep the others. */
function send(call: Call): void {
  try {
    call.prepared.pool.send(call)
  } catch (error) {
    call.sink.fail(new TransportError('connect', 'the request could not be sent', error))
  }
}
