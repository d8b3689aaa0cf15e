import type { Admission } from '../admission'
import type { Deployment } from '../routing/plan'
import { attempt } from '../upstream/attempt'
import { Exchange } from '../upstream/exchange'
import type { UpstreamFailure } from '../upstream/failure'
import type { ChatRequest } from '../wire/chat-request'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import type { MeteredReader } from './reading'

/**
 * Sends a chat request to one deployment after another and returns the reader that has an answer.
 * Every try is kept on the call, and health learns from each. Throws UpstreamFailure.
 */
export async function ask<R extends MeteredReader>(
  chat: ChatRequest,
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
    const request = deployment.adapter.chat(chat, deployment.vendor, deployment.model)
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
