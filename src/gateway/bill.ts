import { cost } from '../catalog/cost'
import type { Price } from '../catalog/price'
import { estimateUsage } from '../usage/estimate'
import type { Tokenizer } from '../usage/tokenizer'
import { NO_USAGE, type Usage, type UsageSource } from '../wire/usage'
import type { Reading } from './reading'

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

/**
 * The bill of a call that ended without the vendor's figures: the prompt and the text that was seen, counted; and
 * where they cannot be counted now, estimated by their size.
 */
export async function countedBill(
  request: Uint8Array,
  reading: Reading,
  price: Price,
  tokenizer: Pick<Tokenizer, 'count'>,
): Promise<Bill> {
  const tokens = await tokenizer.count(request, reading.texts())
  if (!tokens)
    return billOf(estimateUsage(request.length, reading.bytes, reading.contentEventBytes), 'estimated', price)
  return billOf({ ...NO_USAGE, inputTokens: tokens.input, outputTokens: tokens.output }, 'tokenizer', price)
}
