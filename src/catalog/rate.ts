import { createHash } from 'node:crypto'
import { parseUsd } from '../lib/money'
import { isObject } from '../lib/object'
import { METERS, type Meter, type Price, type PriceTier, type Rate, type Rates } from './price'

/** The rates of one tier as a person writes them: dollars as decimal strings, each meter in its own unit. */
export type RatesSpec = Partial<Record<Meter, string>>

/** A price as `callmissed.yaml` and the catalog's data write it. */
export interface PriceSpec extends RatesSpec {
  tiers?: ({ from_input_tokens: number } & RatesSpec)[]
}

/** What is wrong with one field of a price: where, what stood there, what may stand there. */
export interface PriceProblem {
  field: string
  found: string
  allowed: string
}

const MILLION = 1_000_000n

/** How many units of each meter a written price is for: tokens and characters by the million, audio in seconds. */
export const UNITS_PER_PRICE: Readonly<Record<Meter, bigint>> = {
  input: MILLION,
  cached_input: MILLION,
  cache_write: MILLION,
  cache_write_1h: MILLION,
  output: MILLION,
  reasoning: MILLION,
  audio_input: MILLION,
  audio_output: MILLION,
  image_input: MILLION,
  image_output: MILLION,
  character: MILLION,
  audio_minute: 60n,
  audio_hour: 3600n,
  image: 1n,
  request: 1n,
}

const AMOUNT =
  'a decimal string of dollars such as "2.50": no sign, no exponent, at most 15 digits and 12 decimals'
const BOUNDARY = 'a whole number of tokens of at least 1, higher than the tier before'
const SHOWN_LENGTH = 40
const VERSION_LENGTH = 12

/** Reads a written price, or says everything that is wrong with it; `path` is how the fields are named ("price.input"). */
export function parsePrice(spec: unknown, path = 'price'): { price: Price } | { problems: PriceProblem[] } {
  const problems: PriceProblem[] = []
  if (!isObject(spec))
    return { problems: [{ field: path, found: shown(spec), allowed: 'an object of meters' }] }
  const rates = parseRates(spec, path, 'tiers', problems)
  const tiers = parseTiers(spec.tiers, `${path}.tiers`, problems)
  if (rates.audio_minute && rates.audio_hour)
    problems.push({
      field: `${path}.audio_hour`,
      found: 'it beside audio_minute',
      allowed: 'one of the two: both count the same seconds',
    })
  if (Object.keys(rates).length === 0 && problems.length === 0)
    problems.push({ field: path, found: 'no meter', allowed: `at least one of ${METERS.join(', ')}` })
  return problems.length > 0 ? { problems } : { price: { version: versionOf(rates, tiers), rates, tiers } }
}

function parseRates(
  spec: Record<string, unknown>,
  path: string,
  besides: string,
  problems: PriceProblem[],
): Rates {
  const rates: Rates = {}
  for (const [name, value] of Object.entries(spec)) {
    if (name === besides || value === undefined) continue
    const meter = METERS.find(known => known === name)
    if (!meter)
      problems.push({ field: `${path}.${name}`, found: 'an unknown meter', allowed: METERS.join(', ') })
    else {
      const rate = parseRate(meter, value)
      if (rate) rates[meter] = rate
      else problems.push({ field: `${path}.${name}`, found: shown(value), allowed: AMOUNT })
    }
  }
  return rates
}

function parseRate(meter: Meter, value: unknown): Rate | undefined {
  const amountPicoUsd = typeof value === 'string' ? parseUsd(value) : undefined
  return amountPicoUsd === undefined ? undefined : { amountPicoUsd, per: UNITS_PER_PRICE[meter] }
}

function parseTiers(spec: unknown, path: string, problems: PriceProblem[]): PriceTier[] {
  if (spec === undefined) return []
  if (!Array.isArray(spec)) {
    problems.push({ field: path, found: shown(spec), allowed: 'a list of tiers' })
    return []
  }
  const tiers: PriceTier[] = []
  for (const [index, tier] of spec.entries()) {
    const field = `${path}[${index}]`
    if (isObject(tier)) tiers.push(parseTier(tier, field, tiers.at(-1)?.fromInputTokens ?? 0, problems))
    else problems.push({ field, found: shown(tier), allowed: 'an object with from_input_tokens and meters' })
  }
  return tiers
}

function parseTier(
  tier: Record<string, unknown>,
  path: string,
  above: number,
  problems: PriceProblem[],
): PriceTier {
  const boundary = tier.from_input_tokens
  const valid = typeof boundary === 'number' && Number.isSafeInteger(boundary) && boundary > above
  if (!valid) problems.push({ field: `${path}.from_input_tokens`, found: shown(boundary), allowed: BOUNDARY })
  const rates = parseRates(tier, path, 'from_input_tokens', problems)
  return { fromInputTokens: valid ? boundary : above, rates }
}

/** The same rates and tiers always have the same name, in whatever order they were written. */
function versionOf(rates: Rates, tiers: readonly PriceTier[]): string {
  const text = [ratesText(rates), ...tiers.map(tier => `${tier.fromInputTokens}:${ratesText(tier.rates)}`)]
  return createHash('sha256').update(text.join(';')).digest('hex').slice(0, VERSION_LENGTH)
}

function ratesText(rates: Rates): string {
  return METERS.flatMap(meter => {
    const rate = rates[meter]
    return rate ? [`${meter}=${rate.amountPicoUsd}/${rate.per}`] : []
  }).join(',')
}

/** A price is no secret, but what stands in its place by mistake may be long. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'bigint' ? `${value}` : (JSON.stringify(value) ?? typeof value)
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text
}
