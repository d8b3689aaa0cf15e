/** Pico-dollars in one dollar: every price with up to 12 decimals is a whole number of them. */
export const PICO_PER_USD = 1_000_000_000_000n

const DECIMALS = 12
const MONEY = /^(\d{1,15})(?:\.(\d{1,12}))?$/

/** Reads a plain decimal string ("0.0375") as pico-dollars; undefined for signs, exponents, blanks, more than 15 digits or 12 decimals. */
export function parseUsd(text: string): bigint | undefined {
  const match = MONEY.exec(text)
  if (!match) return undefined
  const [, whole = '0', fraction = ''] = match
  return BigInt(whole) * PICO_PER_USD + BigInt(fraction.padEnd(DECIMALS, '0'))
}

/** Writes pico-dollars as a plain decimal: no exponent, no trailing zeros, at most 12 decimals. */
export function formatUsd(picoUsd: bigint): string {
  const sign = picoUsd < 0n ? '-' : ''
  const digits = (picoUsd < 0n ? -picoUsd : picoUsd).toString().padStart(DECIMALS + 1, '0')
  const point = digits.length - DECIMALS
  let end = digits.length
  while (end > point && digits[end - 1] === '0') end--
  return end === point
    ? sign + digits.slice(0, point)
    : `${sign}${digits.slice(0, point)}.${digits.slice(point, end)}`
}
