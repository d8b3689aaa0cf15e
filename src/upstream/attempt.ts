import type { Exchange, Target } from './exchange'
import { UpstreamFailure } from './failure'

/** What became of one try; the plan's health is kept from it. */
export type Observe<T> = (target: T, failure: UpstreamFailure | undefined) => void

/**
 * Asks one deployment after another until one has something for the caller.
 * Throws the last UpstreamFailure, or the first that no other deployment could mend. The plan is never empty.
 */
export async function attempt<T extends Target>(
  plan: readonly T[],
  dial: (target: T) => Exchange,
  observe: Observe<T>,
): Promise<Exchange> {
  let last: UpstreamFailure | undefined
  for (const target of plan) {
    try {
      const exchange = dial(target)
      await exchange.opened
      observe(target, undefined)
      return exchange
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      observe(target, error)
      if (!error.tryNext) throw error
      last = error
    }
  }
  throw last ?? new Error('attempt: the plan was empty')
}
