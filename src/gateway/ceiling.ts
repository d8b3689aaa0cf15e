import type { Price, Rate } from '../catalog/price'
import type { Ceiling } from '../vendors/translation'

const MILLION = 1_000_000n

/** The rates of a price, without those of its tiers: a host that is dearer than these is dearer for a short prompt. */
export function ceilingOf({ rates: { input, output, request } }: Price): Ceiling {
  return {
    inputPicoUsd: forMillion(input),
    outputPicoUsd: forMillion(output),
    requestPicoUsd: request?.amountPicoUsd,
  }
}

function forMillion(rate: Rate | undefined): bigint {
  return rate ? (rate.amountPicoUsd * MILLION) / rate.per : 0n
}
