import { Type } from '@sinclair/typebox'
import { parseUsd } from '../lib/money'
import { invalid } from './query'

const MONEY =
  'a decimal string of dollars such as "10.00": no sign, no exponent, at most 15 digits and 12 decimals'

/** Money as a body says it. */
export const MoneySchema = Type.String({ description: `${MONEY}.` })

/** A body's money in pico-dollars. Throws `invalid_value` naming the field for what is none. */
export function readMoney(text: string, field: string): bigint {
  const picoUsd = parseUsd(text)
  if (picoUsd === undefined) throw invalid(field, MONEY)
  return picoUsd
}
