import type { Entry, Permission } from '../admission'
import { GatewayError } from '../errors'

export interface Limits {
  /** False when no further record could be kept. */
  canRecord: () => boolean
  /** Requests that have entered and not ended. */
  inFlight: number
  /** The process is stopping: nothing new is begun. */
  draining: boolean
}

/**
 * Lets a permitted request in, before its body is read, or throws: `shutting_down` while the process drains,
 * `usage_store_unavailable` when its record could not be kept. Every way out of the request must `release` the entry.
 */
export function enter(_permission: Permission, limits: Limits): Entry {
  if (limits.draining)
    throw new GatewayError('shutting_down', 'The gateway is shutting down.', {
      headers: { 'retry-after': '1' },
    })
  if (!limits.canRecord())
    throw new GatewayError(
      'usage_store_unavailable',
      'Usage cannot be recorded at the moment, so no request is begun.',
      {
        headers: { 'retry-after': '5' },
      },
    )
  limits.inFlight++
  return once(() => {
    limits.inFlight--
  }) as Entry
}

function once(run: () => void): { release(): void } {
  let done = false
  return {
    release() {
      if (done) return
      done = true
      run()
    },
  }
}
