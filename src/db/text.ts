const NUL = '\0'

/** Makes any text storable: PostgreSQL refuses NUL and half surrogates, and would refuse the whole batch with them. */
export function cleanText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes(NUL) ? whole.replaceAll(NUL, '\uFFFD') : whole
}

/** JSON that a `jsonb` column takes, whatever its strings hold. */
export function cleanJson(value: unknown): string {
  const json = JSON.stringify(value)
  // What must be cleaned is written as an escape; most JSON has none and is not walked again.
  if (!json.includes('\\u')) return json
  return JSON.stringify(value, (_, member) => (typeof member === 'string' ? cleanText(member) : member))
}

/**
 * One column of a batch as an array literal of PostgreSQL; null and undefined become NULL. Values are cleaned, so that no
 * row can be refused for its text.
 */
export function arrayLiteral(
  values: readonly (string | number | bigint | boolean | null | undefined)[],
): string {
  let literal = '{'
  for (let index = 0; index < values.length; index++) {
    if (index > 0) literal += ','
    const value = values[index]
    if (value === null || value === undefined) literal += 'NULL'
    else if (typeof value === 'string') literal += quoted(value)
    else literal += String(value)
  }
  return `${literal}}`
}

/** What a text must not hold as it stands between the quotes of an array literal. */
const UNSAFE = /[\0"\\\ud800-\udfff]/

function quoted(value: string): string {
  return UNSAFE.test(value) ? `"${cleanText(value).replace(/["\\]/g, '\\$&')}"` : `"${value}"`
}
