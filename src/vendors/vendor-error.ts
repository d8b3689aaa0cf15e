import { textIn } from '../lib/text'

/** What a vendor said was wrong, in its own words; members it did not give are null. */
export interface VendorError {
  message: string | null
  type: string | null
  code: string | null
  param: string | null
  /** How long the vendor asks not to be called, where its body says so and not its headers. */
  waitMs?: number
}

/** What stands in place of an error that has members: its text, if it is one. */
export function wordsAlone(body: unknown): VendorError {
  return { message: textIn(body), type: null, code: null, param: null }
}

/** A word of an error; some vendors write their codes as numbers. Null where it says nothing. */
export function wordIn(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : textIn(value)
}
