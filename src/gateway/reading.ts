import type { Reader } from '../upstream/exchange'
import type { Usage } from '../wire/usage'

/** What a vendor's answer told about itself so far. */
export interface Reading {
  model: string | undefined
  finishReason: string | null
  usage: Usage | undefined
  /** Without `usage`: the vendor's figures for a part of the answer. `texts` are what they leave out. */
  known?: Usage
  /** How many prompts are not in `known`. */
  unknownPrompts?: number
  /** The vendor's usage object, unread. */
  rawUsage: unknown
  /** The figures are the vendor's last word, not a count on the way. */
  isUsageFinal: boolean
  bytes: number
  contentEventBytes: number
  /** The texts that were seen, for when they must be counted. */
  texts: () => string[]
}

/** A reader that can say at any moment what it has read. */
export interface MeteredReader extends Reader {
  readonly reading: Reading
}

export const NOTHING_READ: Reading = {
  model: undefined,
  finishReason: null,
  usage: undefined,
  rawUsage: undefined,
  isUsageFinal: false,
  bytes: 0,
  contentEventBytes: 0,
  texts: () => [],
}
