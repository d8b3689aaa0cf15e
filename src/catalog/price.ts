/** The units that a price can name; `callmissed.yaml` and the API use the same words. */
export const METERS = [
  'input',
  'cached_input',
  'cache_write',
  'cache_write_1h',
  'output',
  'reasoning',
  'audio_input',
  'audio_output',
  'image_input',
  'image_output',
  'character',
  'audio_minute',
  'audio_hour',
  'image',
  'request',
] as const
export type Meter = (typeof METERS)[number]

/** A price as two integers: `amountPicoUsd` for every `per` units. So $0.111 an hour is exact. */
export interface Rate {
  amountPicoUsd: bigint
  /** Units of the meter: tokens, characters, images, requests; for audio, seconds. */
  per: bigint
}

export type Rates = Partial<Record<Meter, Rate>>

/** From `fromInputTokens` on (inclusive) the whole request is priced by these rates. */
export interface PriceTier {
  fromInputTokens: number
  rates: Rates
}

export interface Price {
  /** Names this exact price: any record that carries it can be recomputed. */
  version: string
  rates: Rates
  /** Ascending by `fromInputTokens`. */
  tiers: PriceTier[]
}
