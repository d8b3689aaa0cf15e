import { formatUsd, parseUsd } from '../../src/lib/money.ts'

/**
 * Parses JSON with every number as its own text ("0.0375"), so that no amount ever passes through a float.
 * The type is a claim: the sources are read as they are and checked where they are used.
 */
export function parseKeepingDecimals(text: string): unknown {
  const keep = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown)
}

/** The same amount without trailing zeros; undefined for what is no plain decimal (exponents, "-1", NaN). */
export function plain(text: string | undefined): string | undefined {
  const pico = text === undefined ? undefined : parseUsd(text)
  return pico === undefined ? undefined : formatUsd(pico)
}

/** As `plain`, and zero is nothing: missing and zero are not told apart in the sources, so neither is a price. */
export function positive(text: string | undefined): string | undefined {
  const amount = plain(text)
  return amount === '0' ? undefined : amount
}

/** Whether two amounts are more than 1 % of the smaller one apart. */
export function differs(one: string, other: string): boolean {
  const [a, b] = [picoOf(one), picoOf(other)]
  const [low, high] = a < b ? [a, b] : [b, a]
  return (high - low) * 100n > low
}

/** Whether the first amount is the greater one. */
export function isMore(one: string, other: string): boolean {
  return picoOf(one) > picoOf(other)
}

/** An amount times a whole number, exactly. */
export function times(amount: string, factor: bigint): string {
  return formatUsd(picoOf(amount) * factor)
}

function picoOf(amount: string): bigint {
  const pico = parseUsd(amount)
  if (pico === undefined) throw new Error(`${amount} is no amount`)
  return pico
}
