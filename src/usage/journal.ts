import type { Price, Rate, Rates } from '../catalog/price'
import type { BudgetLeases } from '../db/ledger-row'
import { readRecordText } from '../db/read-record-text'
import { recordText } from '../db/record-text'
import type { Shape } from '../wire/shape'
import { NO_USAGE, type Usage } from '../wire/usage'
import { pack, USAGE, unpack } from './packed'
import type { UsageLine, UsageRecord } from './record'
import { toStored } from './stored-record'

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

/** A dispatch without its names, half the bytes of its JSON. It may be added to at its end, and is never put in another order. */
type DispatchValues = [
  requestId: string,
  tenantId: string,
  keyId: string,
  createdAt: number,
  endpoint: string,
  stream: boolean,
  modelRequested: string | null,
  vendor: string,
  model: string,
  ...shape: [number, number, number, number, number, number | null, number | null],
  inputTokens: number | null,
  besides: Partial<Usage> | null,
  keyLease: string | null,
  tenantLease: string | null,
  earlier: StoredLine[] | null,
]

/** A dispatch as the spool keeps it, in one line of JSON. */
export function encodeDispatch(dispatch: Dispatch): string {
  const { price, shape, leases } = dispatch
  let text = priceTexts.get(price)
  if (text === undefined) {
    text = JSON.stringify(storedPrice(price))
    priceTexts.set(price, text)
  }
  const values: DispatchValues = [
    dispatch.requestId,
    dispatch.tenantId,
    dispatch.keyId,
    dispatch.createdAt,
    dispatch.endpoint,
    dispatch.stream,
    dispatch.modelRequested,
    dispatch.vendor,
    dispatch.model,
    shape.messages,
    shape.tools,
    shape.images,
    shape.audio,
    shape.requestBytes,
    shape.maxTokens,
    shape.temperature,
    dispatch.inputTokens ?? null,
    dispatch.besides ?? null,
    leases?.key ?? null,
    leases?.tenant ?? null,
    dispatch.earlier?.map(storedLine) ?? null,
  ]
  return `[${text},${JSON.stringify(values)}]`
}

/** Throws SyntaxError or TypeError for what `encodeDispatch` did not write. */
export function decodeDispatch(text: string): Dispatch {
  const [price, values] = JSON.parse(text) as [StoredPrice, DispatchValues]
  const [requestId, tenantId, keyId, createdAt, endpoint, stream, modelRequested, vendor, model, ...more] =
    values
  const [messages, tools, images, audio, requestBytes, maxTokens, temperature, ...about] = more
  const [inputTokens, besides, key, tenant, earlier] = about
  return {
    requestId,
    tenantId,
    keyId,
    createdAt,
    endpoint,
    stream,
    modelRequested,
    vendor,
    model,
    shape: { messages, tools, images, audio, requestBytes, maxTokens, temperature },
    inputTokens: inputTokens ?? undefined,
    besides: besides ?? undefined,
    leases: key || tenant ? { ...(key && { key }), ...(tenant && { tenant }) } : undefined,
    ...(earlier && { earlier: earlier.map(readLine) }),
    price: readPrice(price),
  }
}

type StoredLine = Omit<UsageLine, 'usage' | 'costPicoUsd'> & { usage: unknown[]; costPicoUsd: string }

function storedLine(line: UsageLine): StoredLine {
  return { ...line, usage: pack(USAGE, line.usage), costPicoUsd: line.costPicoUsd.toString() }
}

function readLine(line: StoredLine): UsageLine {
  const usage = { ...NO_USAGE, ...unpack<Usage>(USAGE, line.usage) }
  return { ...line, usage, costPicoUsd: BigInt(line.costPicoUsd) }
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

/** A checkpoint as the spool keeps it, in one line of JSON. */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  return JSON.stringify(checkpoint)
}

/** Throws SyntaxError for what is no JSON; its members are not looked at. */
export function decodeCheckpoint(text: string): Checkpoint {
  return JSON.parse(text) as Checkpoint
}

/** A record as it is sent to the store: what the shipper has of it is what the spool has. */
export function encodeRecord(record: UsageRecord): string {
  return recordText(toStored(record))
}

/** A record as the store keeps it, its usage in whole counts. Throws SyntaxError or TypeError for what `encodeRecord` did not write. */
export function decodeRecord(text: string): UsageRecord {
  const { audit, leases } = readRecordText(text)
  return leases ? { ...audit, leases } : audit
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
