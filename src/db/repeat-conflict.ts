import { isConflict } from './store-error'

const MOST_TRIES = 5
const LONGEST_PAUSE_MS = 100

/**
 * Does what a deadlock, another transaction or a partition's making got in the way of again, whole, after a pause of chance:
 * five tries in all, and the last one's error is thrown. `random` is from 0 to 1, below 1.
 */
export async function repeatConflict<T>(work: () => Promise<T>, random = Math.random): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isConflict(error) || tries === MOST_TRIES) throw error
      await Bun.sleep(random() * LONGEST_PAUSE_MS)
    }
  }
}
