import type { Meter } from '../catalog/price'
import type { Deployment } from '../routing/plan'
import type { Ceiling } from '../vendors/translation'
import { type Chat, mostOf, TOKENS_PER_IMAGE } from './estimate'

const MILLION = 1_000_000n

/** The dearest rates at which this chat can be charged at a deployment: those of each tier that its prompt may reach. */
export function ceilingOf(chat: Chat, deployment: Deployment): Ceiling {
  const { rates, tiers } = deployment.price
  const { inputTokens } = mostOf(chat, 0, deployment)
  const reached = tiers.filter(({ fromInputTokens }) => fromInputTokens <= inputTokens)
  const all = [rates, ...reached.map(tier => tier.rates)]
  const dearest = (meter: Meter, units: bigint) => {
    let most = 0n
    for (const { [meter]: rate } of all) {
      const amount = rate ? (rate.amountPicoUsd * units) / rate.per : 0n
      if (amount > most) most = amount
    }
    return most
  }
  return {
    inputPicoUsd: dearest('input', MILLION),
    outputPicoUsd: dearest('output', MILLION),
    imagePicoUsd: dearest('input', BigInt(TOKENS_PER_IMAGE)),
    requestPicoUsd: dearest('request', 1n),
  }
}
