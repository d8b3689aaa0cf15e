import type { Exchange, Reader, Target } from './exchange'
import { UpstreamFailure } from './failure'

/** What became of one try; the plan's health is kept from it. */
export type Observe<T> = (target: T, failure: UpstreamFailure | undefined) => void

/** Whether the same target may be asked again, since what it refused has been changed. */
export type Mend = (failure: UpstreamFailure) => boolean

/** Whether another one may be asked at all. */
export type MayAskAnother = () => boolean | Promise<boolean>

/**
 * Asks one deployment after another until one has something for the caller, and gives the reader of that one.
 * Throws the last UpstreamFailure, or the first that no other deployment could mend. The plan is never empty.
 */
export async function attempt<T extends Target, R extends Reader>(
  plan: readonly T[],
  dial: (target: T) => Exchange<R>,
  observe: Observe<T>,
  mend: Mend = () => false,
  mayAskAnother: MayAskAnother = () => true,
): Promise<R> {
  for (let index = 0; index < plan.length; index++) {
    const target = plan[index] as T
    try {
      const exchange = dial(target)
      await exchange.opened
      observe(target, undefined)
      return exchange.reader
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error
      observe(target, error)
      const isMended = mend(error)
      if (isMended) index--
      const isLast = index + 1 === plan.length || !(isMended || error.tryNext)
      if (isLast || !(await mayAskAnother())) throw error
    }
  }
  throw new Error('attempt: the plan was empty')
}
