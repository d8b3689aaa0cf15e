import type { Admission, Entry } from '../admission'
import { admit } from '../limits/admit'
import type { Deployment } from '../routing/plan'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import { emulatedSizes } from './emulated-sizes'
import { type Chat, ChatEstimate, chatFor, plainEstimate } from './estimate'
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
  const [first] = deployments
  const chat = first && chatFor(operation, asked, first)
  if (!chat) return admit(entry, caller, createdAt, plainEstimate(operation, asked, deployments), limits)
  const sizes = emulatedSizes(chat, deployments, deployment => operation.request(asked, deployment))
  const estimate = new ChatEstimate(chat, deployments, sizes)
  const admitted = admit(entry, caller, createdAt, estimate, limits)
  return admitted instanceof Promise
    ? admitted.then(admission => capped(chat, estimate, admission))
    : capped(chat, estimate, admitted)
}

function capped(chat: Chat, estimate: ChatEstimate, admission: Admission): Admission {
  if (admission.reserved) chat.cap = estimate.capFor(admission.reserved.picoUsd)
  return admission
}
