import type { Price } from './price'

export const ENDPOINTS = [
  'chat.completions',
  'responses',
  'completions',
  'messages',
  'embeddings',
  'audio.transcriptions',
  'audio.translations',
  'audio.speech',
  'images.generations',
  'moderations',
] as const
/** The audit record's names of the billable routes. */
export type Endpoint = (typeof ENDPOINTS)[number]

export const CAPABILITIES = [
  'tools',
  'parallel_tools',
  'vision',
  'pdf',
  'audio_input',
  'json_mode',
  'json_schema',
  'streaming',
  'reasoning',
] as const
export type Capability = (typeof CAPABILITIES)[number]

/** One place where a model is served: whose account, and the id that goes upstream. */
export interface Offering {
  /** A key of `Catalog.vendors`. */
  vendor: string
  /** The vendor's own id of the model; never the public one. */
  model: string
  /** This vendor's price, where it is not the model's. */
  price?: Price
}

/** A model as callers name it. */
export interface Model {
  id: string
  aliases: string[]
  endpoints: Endpoint[]
  capabilities: ReadonlySet<Capability>
  contextWindow: number | null
  maxOutputTokens: number | null
  /** Undefined: unpriced, listed as such and refused. */
  price: Price | undefined
  /** YYYY-MM-DD; absent where nobody tells. */
  releasedOn?: string
  /** YYYY-MM-DD, or null. */
  deprecatedOn: string | null
  /** In order of preference. */
  offerings: Offering[]
}
