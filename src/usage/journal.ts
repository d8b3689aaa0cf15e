import type { Price, Rate, Rates } from '../catalog/price'
import type { BudgetLeases } from '../db/ledger-row'
import type { Shape } from '../wire/shape'
import { NO_USAGE, type Usage } from '../wire/usage'
import { ATTEMPT, membersOf, pack, SHAPE, USAGE, unpack } from './packed'
import type { Attempt, UsageLine, UsageRecord } from './record'

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
  /** The prompt as it is guessed by its size. */
  inputTokens?: number | undefined
  /** What it is guessed to use besides tokens: seconds of audio, characters, images. */
  besides?: Partial<Usage> | undefined
  /** Where money was reserved for it. */
  leases?: BudgetLeases | undefined
  /** What attempts before this one may be billed for. */
  earlier?: readonly UsageLine[] | undefined
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

const DISPATCH = membersOf<Omit<Dispatch, keyof AboutDispatch | 'shape' | 'price'>>()([
  'requestId',
  'tenantId',
  'keyId',
  'createdAt',
  'endpoint',
  'stream',
  'modelRequested',
  'vendor',
  'model',
])
/** What a dispatch may have besides. */
type AboutDispatch = Pick<Dispatch, 'inputTokens' | 'besides' | 'leases' | 'earlier'>
type StoredAboutDispatch = Omit<AboutDispatch, 'earlier'> & { earlier?: StoredLine[] | undefined }

export function encodeDispatch(dispatch: Dispatch): string {
  const { price, shape, inputTokens, besides, leases, earlier } = dispatch
  let text = priceTexts.get(price)
  if (text === undefined) {
    text = JSON.stringify(storedPrice(price))
    priceTexts.set(price, text)
  }
  const about: StoredAboutDispatch = { inputTokens, besides, leases, earlier: earlier?.map(storedLine) }
  const rest = JSON.stringify([pack(DISPATCH, dispatch), pack(SHAPE, shape), about])
  return `${rest.slice(0, -1)},${text}]`
}

/** Throws SyntaxError or TypeError for what `encodeDispatch` did not write. */
export function decodeDispatch(text: string): Dispatch {
  const [fixed, shape, { earlier, ...about }, price] = JSON.parse(text) as [
    unknown[],
    unknown[],
    StoredAboutDispatch,
    StoredPrice,
  ]
  return {
    ...unpack<Omit<Dispatch, 'shape' | 'price'>>(DISPATCH, fixed),
    ...about,
    ...(earlier && { earlier: earlier.map(readLine) }),
    shape: unpack<Shape>(SHAPE, shape),
    price: readPrice(price),
  }
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

const RECORD = membersOf<
  Omit<UsageRecord, keyof AboutRecord | 'shape' | 'usage' | 'attempts' | 'costPicoUsd'>
>()([
  'requestId',
  'tenantId',
  'keyId',
  'createdAt',
  'endpoint',
  'stream',
  'modelRequested',
  'model',
  'vendor',
  'status',
  'outcome',
  'errorCode',
  'finishReason',
  'usageSource',
  'priceVersion',
  'ttftMs',
  'durationMs',
  'overheadMs',
])
/** What a record may have besides. */
type AboutRecord = Pick<UsageRecord, 'rawUsage' | 'leases' | 'notes' | 'lines'>
type StoredAboutRecord = Omit<AboutRecord, 'lines'> & { lines?: StoredLine[] | undefined }
type StoredRecord = [unknown[], unknown[], unknown[] | null, unknown[][], string, StoredAboutRecord]

type StoredLine = Omit<UsageLine, 'usage' | 'costPicoUsd'> & { usage: unknown[]; costPicoUsd: string }

function storedLine(line: UsageLine): StoredLine {
  return { ...line, usage: pack(USAGE, line.usage), costPicoUsd: line.costPicoUsd.toString() }
}

function readLine(line: StoredLine): UsageLine {
  const usage = { ...NO_USAGE, ...unpack<Usage>(USAGE, line.usage) }
  return { ...line, usage, costPicoUsd: BigInt(line.costPicoUsd) }
}

/** A record as one line of JSON; its money is text, since JSON numbers are floats. */
export function encodeRecord(record: UsageRecord): string {
  const { shape, usage, attempts, costPicoUsd, rawUsage, leases, notes, lines } = record
  return JSON.stringify([
    pack(RECORD, record),
    pack(SHAPE, shape),
    usage && pack(USAGE, usage),
    attempts.map(attempt => pack(ATTEMPT, attempt)),
    costPicoUsd.toString(),
    { rawUsage, leases, notes, lines: lines?.map(storedLine) },
  ] satisfies StoredRecord)
}

/** Throws SyntaxError or TypeError for what `encodeRecord` did not write. */
export function decodeRecord(text: string): UsageRecord {
  const [fixed, shape, usage, attempts, cost, { lines, ...about }] = JSON.parse(text) as StoredRecord
  return {
    ...unpack<Omit<UsageRecord, 'shape' | 'usage' | 'attempts' | 'costPicoUsd'>>(RECORD, fixed),
    shape: unpack<Shape>(SHAPE, shape),
    usage: usage && { ...NO_USAGE, ...unpack<Usage>(USAGE, usage) },
    attempts: attempts.map(attempt => unpack<Attempt>(ATTEMPT, attempt)),
    costPicoUsd: BigInt(cost),
    ...about,
    ...(lines && { lines: lines.map(readLine) }),
  }
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
