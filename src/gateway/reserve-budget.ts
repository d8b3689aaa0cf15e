import type { Admission, Entry } from '../admission'
import { admit } from '../limits/admit'
import type { Deployment } from '../routing/plan'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import { emulatedSizes } from './emulated-sizes'
import { type Chat, ChatEstimate, isChat, plainEstimate } from './estimate'
import type { Asked } from './operation'

/**
 * Lets a request go to its deployments within the budgets that count it; where the caller said no length, with as long
 * an answer as there is money for. Throws or rejects with `insufficient_quota` or `budget_unavailable`.
 */
export function reserveBudget(
  entry: Entry,
  call: Call,
  asked: Asked,
  deployments: readonly Deployment[],
  { limits }: GatewayDeps,
): Admission | Promise<Admission> {
  const { caller, createdAt, operation } = call
  if (!caller) throw new Error('reserveBudget: nobody is calling')
  if (!limits.budgets.counts(caller)) return admit(entry, caller, createdAt, undefined, limits)
  if (!isChat(asked))
    return admit(entry, caller, createdAt, plainEstimate(operation, asked, deployments), limits)
  const estimate = new ChatEstimate(asked, deployments, emulatedSizes(asked, deployments, operation))
  const admitted = admit(entry, caller, createdAt, estimate, limits)
  return admitted instanceof Promise
    ? admitted.then(admission => capped(asked, estimate, admission))
    : capped(asked, estimate, admitted)
}

function capped(asked: Chat, estimate: ChatEstimate, admission: Admission): Admission {
  if (admission.reserved) asked.cap = estimate.capFor(admission.reserved.picoUsd)
  return admission
}
