import type { Price, Rate, Rates } from '../catalog/price'
import type { BudgetLeases } from '../db/ledger-row'
import type { Shape } from '../wire/shape'
import type { Usage } from '../wire/usage'
import type { UsageRecord } from './record'

/** What is known of a request when it goes to a vendor: enough to bill it if nothing more is ever heard of it. */
export interface Dispatch {
  requestId: string
  tenantId: string
  keyId: string
  createdAt: number
  endpoint: string
  stream: boolean
  modelRequested: string | null
  vendor: string
  model: string
  shape: Shape
  /** The prompt as it is guessed by its size; absent in what older versions wrote. */
  inputTokens?: number
  /** What it is guessed to use besides tokens: seconds of audio, characters, images. */
  besides?: Partial<Usage> | undefined
  /** Where money was reserved for it. */
  leases?: BudgetLeases | undefined
  price: Price
}

/** How far a request has come: what is billed if the process dies now. */
export interface Checkpoint {
  requestId: string
  /** The vendor's own figures so far, where it gives any. */
  usage: Usage | null
  /** Output tokens as estimated from what was seen. */
  outputTokens: number
}

/** Prices stand in every dispatch; their text is made once. */
const priceTexts = new WeakMap<Price, string>()

export function encodeDispatch({ price, ...rest }: Dispatch): string {
  let text = priceTexts.get(price)
  if (text === undefined) {
    text = JSON.stringify(storedPrice(price))
    priceTexts.set(price, text)
  }
  return `${JSON.stringify(rest).slice(0, -1)},"price":${text}}`
}

/** Throws SyntaxError or TypeError for what `encodeDispatch` did not write. */
export function decodeDispatch(text: string): Dispatch {
  const { price, ...rest } = JSON.parse(text) as Omit<Dispatch, 'price'> & { price: StoredPrice }
  return { ...rest, price: readPrice(price) }
}

/** A price as JSON takes it: amounts and units as decimal text. */
export function storedPrice({ version, rates, tiers }: Price): StoredPrice {
  return { version, rates: ratesText(rates), tiers: tiers.map(tierText) }
}

/** Throws SyntaxError or TypeError for what `storedPrice` did not make. */
export function readPrice({ version, rates, tiers }: StoredPrice): Price {
  const read = tiers.map(tier => ({ fromInputTokens: tier.fromInputTokens, rates: readRates(tier.rates) }))
  return { version, rates: readRates(rates), tiers: read }
}

export function encodeCheckpoint(checkpoint: Checkpoint): string {
  return JSON.stringify(checkpoint)
}

export function decodeCheckpoint(text: string): Checkpoint {
  return JSON.parse(text) as Checkpoint
}

/** A record as one line of JSON; its money is text, since JSON numbers are floats. */
export function encodeRecord(record: UsageRecord): string {
  return JSON.stringify({ ...record, costPicoUsd: record.costPicoUsd.toString() })
}

/** Throws SyntaxError for what `encodeRecord` did not write. */
export function decodeRecord(text: string): UsageRecord {
  const stored = JSON.parse(text) as Omit<UsageRecord, 'costPicoUsd'> & { costPicoUsd: string }
  return { ...stored, costPicoUsd: BigInt(stored.costPicoUsd) }
}

type StoredRates = Record<string, [amountPicoUsd: string, per: string]>
export interface StoredPrice {
  version: string
  rates: StoredRates
  tiers: { fromInputTokens: number; rates: StoredRates }[]
}

function tierText({ fromInputTokens, rates }: Price['tiers'][number]): {
  fromInputTokens: number
  rates: StoredRates
} {
  return { fromInputTokens, rates: ratesText(rates) }
}

function ratesText(rates: Rates): StoredRates {
  const entries = Object.entries(rates) as [string, Rate][]
  return Object.fromEntries(
    entries.map(([meter, { amountPicoUsd, per }]) => [meter, [`${amountPicoUsd}`, `${per}`]]),
  )
}

function readRates(stored: StoredRates): Rates {
  const entries = Object.entries(stored)
  return Object.fromEntries(
    entries.map(([meter, [amount, per]]) => [meter, { amountPicoUsd: BigInt(amount), per: BigInt(per) }]),
  )
}
