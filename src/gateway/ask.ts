import type { Admission } from '../admission'
import { GatewayError } from '../errors'
import type { Deployment } from '../routing/plan'
import { attempt } from '../upstream/attempt'
import { Exchange } from '../upstream/exchange'
import { UpstreamFailure } from '../upstream/failure'
import { fanOut } from '../upstream/fan-out'
import { AnswerFault, askedAgain } from './answer-fault'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import type { Asked } from './operation'
import type { MeteredReader } from './reading'
import { signed } from './sign'
import { relaxed, type Sending, type Translated } from './translate'

/**
 * Sends a request to one deployment after another and returns the reader that has an answer.
 * Every try is kept on the call, and health learns from each. Throws UpstreamFailure.
 */
export function ask<R extends MeteredReader>(
  asked: Asked,
  deployments: readonly Deployment[],
  call: Call,
  admission: Admission,
  read: (exchange: Exchange, translated: Translated | undefined) => R,
  deps: GatewayDeps,
): Promise<R> {
  let sending: Sending | undefined
  let mended: Sending | undefined
  const dial = (deployment: Deployment) => {
    if (call.stopped) throw call.stopped
    sending = mended ?? sendingFor(asked, deployment, call)
    const ready = signed(sending, deployment, deps.clock.date())
    const { translated } = ready
    call.dispatch(deployment)
    call.dropped = translated?.dropped ?? NONE
    call.emulated = translated?.emulated ?? NONE
    const begin = (exchange: Exchange) => {
      const reader = read(exchange, translated)
      call.tries.push({ deployment, exchange, reader })
      return reader
    }
    return new Exchange(admission, deployment, ready, begin, reaching(deps, translated, asked.stream), call)
  }
  const observe = ({ id }: Deployment, failure: UpstreamFailure | undefined) => {
    learn(id, failure, deps)
    if (failure && asked.upload?.isSpent) call.stopped ??= failure
  }
  const mend = (failure: UpstreamFailure) => {
    mended = sending && mending(sending, failure)
    return mended !== undefined
  }
  return attempt(deployments, dial, observe, mend, () => call.mayAskAnother())
}

const NONE: readonly string[] = []

/** What can be asked of the same deployment after this failure; undefined: nothing. */
function mending(sending: Sending, failure: UpstreamFailure): Sending | undefined {
  return failure instanceof AnswerFault ? askedAgain(sending, failure.round) : relaxed(sending, failure)
}

/** What cannot be said to this vendor can perhaps be said to the next one. */
function sendingFor(asked: Asked, deployment: Deployment, { operation }: Call): Sending {
  try {
    return operation.request(asked, deployment)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unsupported_parameter')
      throw new UpstreamFailure(error, true)
    throw error
  }
}

function reaching(deps: GatewayDeps, translated: Translated | undefined, stream: boolean): GatewayDeps {
  if (!translated || translated.others.length === 0) return deps
  return { ...deps, transport: fanOut(deps.transport, translated.others, stream) }
}

/** A refusal of the request says nothing about the deployment's health. */
function learn(id: string, failure: UpstreamFailure | undefined, { health, log }: GatewayDeps): void {
  if (!failure) health.succeeded(id)
  else if (failure.tryNext && failure.error.code !== 'unsupported_parameter') {
    health.failed(id, failure.retryAfterMs, failure.error.code === 'upstream_auth_error')
    log.warn('a deployment failed', { deployment: id, code: failure.error.code })
  }
}
