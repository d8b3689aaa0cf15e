const UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

const SWITCH = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
])

/** Reads "67108864" or "64MiB" as bytes; undefined for signs, unknown units and what is no whole number of bytes. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{0,3})$/i.exec(text.trim())
  const factor = UNITS[match?.[2]?.toLowerCase() ?? '']
  if (!match || factor === undefined) return undefined
  const bytes = Number(match[1]) * factor
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** Reads a plain whole number; undefined for signs, exponents and blanks within. */
export function parseWhole(text: string): number | undefined {
  return /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined
}

/** Reads seconds with at most three decimals as milliseconds. */
export function parseSecondsAsMs(text: string): number | undefined {
  return /^\d{1,9}(?:\.\d{1,3})?$/.test(text.trim()) ? Math.round(Number(text) * 1000) : undefined
}

/** Reads a switch: 1 or true, 0 or false. */
export function parseSwitch(text: string): boolean | undefined {
  return SWITCH.get(text.trim())
}

/** Reads names separated by commas or blanks, without empty ones. */
export function parseList(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}
