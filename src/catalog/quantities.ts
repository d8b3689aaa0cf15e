import type { Usage } from '../wire/usage'
import type { Meter } from './price'

/** How much of one meter a request used. `scale` is how many counted pieces make one unit of the meter. */
export interface Quantity {
  meter: Meter
  count: bigint
  scale: bigint
}

const MS_PER_SECOND = 1000

/**
 * Splits the inclusive sums of `usage` into classes that do not overlap, so that each token is charged once:
 * the token classes always add up to `inputTokens` and `outputTokens`. Parts that claim more than their
 * total are cut in order, the last first. `seconds` is the meter that audio is charged by.
 */
export function quantitiesOf(usage: Usage, seconds: 'audio_minute' | 'audio_hour'): Quantity[] {
  return [
    ...disjoint('input', usage.inputTokens, [
      ['cached_input', usage.cachedInputTokens],
      ['cache_write', usage.cacheWriteTokens],
      ['cache_write_1h', usage.cacheWrite1hTokens],
      ['audio_input', usage.audioInputTokens],
      ['image_input', usage.imageInputTokens],
    ]),
    ...disjoint('output', usage.outputTokens, [
      ['reasoning', usage.reasoningTokens],
      ['audio_output', usage.audioOutputTokens],
      ['image_output', usage.imageOutputTokens],
    ]),
    // Audio is heard in fractions of a second: whole milliseconds keep the count an integer.
    {
      meter: seconds,
      count: BigInt(Math.round(usage.audioSeconds * MS_PER_SECOND)),
      scale: BigInt(MS_PER_SECOND),
    },
    whole('character', usage.characters),
    whole('image', usage.images),
    whole('request', 1),
  ]
}

function disjoint(rest: Meter, total: number, parts: readonly (readonly [Meter, number])[]): Quantity[] {
  let left = total
  const cut = parts.map(([meter, claimed]) => {
    const count = Math.min(claimed, left)
    left -= count
    return whole(meter, count)
  })
  return [whole(rest, left), ...cut]
}

function whole(meter: Meter, count: number): Quantity {
  return { meter, count: BigInt(count), scale: 1n }
}
