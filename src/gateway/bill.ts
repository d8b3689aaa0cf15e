import type { Price } from '../catalog/price'
import { totalCost } from '../catalog/total-cost'
import type { UsageLine } from '../usage/record'
import type { Usage, UsageSource } from '../wire/usage'

/** What a request's answer used, and what the request costs, as it is billed. */
export interface Bill {
  usage: Usage
  source: UsageSource
  costPicoUsd: bigint
  /** Where attempts before it may be billed: what all that may be used, of which the cost is the sum. */
  lines?: readonly UsageLine[]
}

/** The bill by these figures. */
export function billOf(usage: Usage, source: UsageSource, price: Price): Bill {
  return { usage, source, costPicoUsd: totalCost(usage, price) }
}
