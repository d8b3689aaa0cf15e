import type { Admission } from '../admission'
import type { Deployment } from '../routing/plan'
import { attempt } from '../upstream/attempt'
import { Exchange } from '../upstream/exchange'
import type { UpstreamFailure } from '../upstream/failure'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import type { Asked } from './operation'
import type { MeteredReader } from './reading'

/**
 * Sends a request to one deployment after another and returns the reader that has an answer.
 * Every try is kept on the call, and health learns from each. Throws UpstreamFailure.
 */
export async function ask<R extends MeteredReader>(
  asked: Asked,
  deployments: readonly Deployment[],
  call: Call,
  admission: Admission,
  read: (exchange: Exchange) => R,
  deps: GatewayDeps,
): Promise<R> {
  let latest: R | undefined
  const dial = (deployment: Deployment) => {
    if (call.stopped) throw call.stopped
    call.dispatch(deployment)
    const request = call.operation.request(asked, deployment)
    const begin = (exchange: Exchange) => {
      latest = read(exchange)
      call.tries.push({ deployment, exchange, reader: latest })
      return latest
    }
    return new Exchange(admission, deployment, request, begin, deps)
  }
  await attempt(deployments, dial, ({ id }, failure) => learn(id, failure, deps))
  if (!latest) throw new Error('ask: no deployment was asked')
  return latest
}

/** A refusal of the request says nothing about the deployment's health. */
function learn(id: string, failure: UpstreamFailure | undefined, { health, log }: GatewayDeps): void {
  if (!failure) health.succeeded(id)
  else if (failure.tryNext) {
    health.failed(id, failure.retryAfterMs, failure.error.code === 'upstream_auth_error')
    log.warn('a deployment failed', { deployment: id, code: failure.error.code })
  }
}
