import { cost } from '../catalog/cost'
import type { Price } from '../catalog/price'
import type { Usage, UsageSource } from '../wire/usage'

/** What a request used and costs, as it is billed. */
export interface Bill {
  usage: Usage
  source: UsageSource
  costPicoUsd: bigint
}

/** The bill by the vendor's own figures. */
export function billOf(usage: Usage, source: UsageSource, price: Price): Bill {
  return { usage, source, costPicoUsd: cost(usage, price).totalPicoUsd }
}
