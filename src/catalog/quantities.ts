import type { Usage } from '../wire/usage'
import type { Meter } from './price'

/** What a request used in classes that do not overlap. */
export interface Classes {
  input: number
  cachedInput: number
  cacheWrite: number
  cacheWrite1h: number
  audioInput: number
  imageInput: number
  output: number
  reasoning: number
  audioOutput: number
  imageOutput: number
  /** Audio is heard in fractions of a second: whole milliseconds keep the count an integer. */
  audioMs: number
  characters: number
  images: number
}

/** How much of one meter a request used. `scale` is how many counted pieces make one unit of the meter. */
export interface Quantity {
  meter: Meter
  count: bigint
  scale: bigint
}

export const MS_PER_SECOND = 1000n

/**
 * Splits the inclusive sums of `usage` into classes that do not overlap, so that each token is charged once:
 * the token classes always add up to `inputTokens` and `outputTokens`. Parts that claim more than their
 * total are cut in order, the last first.
 */
export function classesOf(usage: Usage): Classes {
  let left = usage.inputTokens
  const cachedInput = Math.min(usage.cachedInputTokens, left)
  left -= cachedInput
  const cacheWrite = Math.min(usage.cacheWriteTokens, left)
  left -= cacheWrite
  const cacheWrite1h = Math.min(usage.cacheWrite1hTokens, left)
  left -= cacheWrite1h
  const audioInput = Math.min(usage.audioInputTokens, left)
  left -= audioInput
  const imageInput = Math.min(usage.imageInputTokens, left)
  const input = left - imageInput

  left = usage.outputTokens
  const reasoning = Math.min(usage.reasoningTokens, left)
  left -= reasoning
  const audioOutput = Math.min(usage.audioOutputTokens, left)
  left -= audioOutput
  const imageOutput = Math.min(usage.imageOutputTokens, left)
  return {
    input,
    cachedInput,
    cacheWrite,
    cacheWrite1h,
    audioInput,
    imageInput,
    output: left - imageOutput,
    reasoning,
    audioOutput,
    imageOutput,
    audioMs: Math.round(usage.audioSeconds * Number(MS_PER_SECOND)),
    characters: usage.characters,
    images: usage.images,
  }
}

/** The same classes as what prices meter, as far as they were used. `seconds` is the meter that audio is charged by. */
export function quantitiesOf(usage: Usage, seconds: 'audio_minute' | 'audio_hour'): Quantity[] {
  const classes = classesOf(usage)
  const used: Quantity[] = []
  const add = (meter: Meter, count: number, scale = 1n) => {
    if (count > 0) used.push({ meter, count: BigInt(count), scale })
  }
  add('input', classes.input)
  add('cached_input', classes.cachedInput)
  add('cache_write', classes.cacheWrite)
  add('cache_write_1h', classes.cacheWrite1h)
  add('audio_input', classes.audioInput)
  add('image_input', classes.imageInput)
  add('output', classes.output)
  add('reasoning', classes.reasoning)
  add('audio_output', classes.audioOutput)
  add('image_output', classes.imageOutput)
  add(seconds, classes.audioMs, MS_PER_SECOND)
  add('character', classes.characters)
  add('image', classes.images)
  add('request', 1)
  return used
}
