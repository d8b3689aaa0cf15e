import { asStoreError, storeUnavailable } from './store-error'

/** What a caller waits for at most; a statement that the server still runs is ended by its own, longer timeout. */
export const DEADLINE_MS = {
  /** One row that a request waits for: a caller is better served by a quick 503. */
  request: 1_000,
  /** One row by its key. */
  lookup: 3_000,
  /** A batch of records, or a change by the management. */
  write: 10_000,
  /** Lists and sums. */
  read: 30_000,
} as const

/**
 * Waits for a query, but not longer than `ms`: a hung backend rejects as `store_unavailable` (503), and so does a lost
 * connection. `onOverrun` hears of a deadline that passed. The query itself is not taken back: what it wrote may stand.
 */
export async function withDeadline<T>(
  query: PromiseLike<T>,
  ms: number,
  onOverrun: () => void = () => {},
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onOverrun()
      reject(storeUnavailable(new Error(`no answer from the database within ${ms} ms`)))
    }, ms)
  })
  try {
    return await Promise.race([query, deadline])
  } catch (error) {
    throw asStoreError(error)
  } finally {
    clearTimeout(timer)
  }
}
