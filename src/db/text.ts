const NUL = '\0'

/** Makes any text storable: PostgreSQL refuses NUL and half surrogates, and would refuse the whole batch with them. */
export function cleanText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes(NUL) ? whole.replaceAll(NUL, '\uFFFD') : whole
}

/** JSON that a `jsonb` column takes, whatever its strings hold. */
export function cleanJson(value: unknown): string {
  const json = JSON.stringify(value)
  // Most JSON has nothing to be cleaned and is not walked again.
  if (!hasEscapes(json)) return json
  return JSON.stringify(value, (_, member) => cleanMember(member))
}

/** Such JSON from one that is written already. */
export function cleanJsonText(json: string): string {
  return hasEscapes(json) ? cleanJson(JSON.parse(json)) : json
}

/** Whether JSON may hold what must be cleaned: that is written as an escape. One letter is found many times faster than two. */
export function hasEscapes(json: string): boolean {
  return json.includes('\\') && json.includes('\\u')
}

/** The names of an object's members are refused as its texts are. */
function cleanMember(member: unknown): unknown {
  if (typeof member === 'string') return cleanText(member)
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
  return Object.fromEntries(Object.entries(member).map(([name, inner]) => [cleanText(name), inner]))
}

/**
 * One column of a batch as an array literal of PostgreSQL; null and undefined become NULL, and NULLs at the end are left
 * out. Values are cleaned, so that no row can be refused for its text.
 */
export function arrayLiteral<Row>(
  rows: readonly Row[],
  read: (row: Row) => string | number | bigint | boolean | null | undefined,
): string {
  const parts: (string | number | bigint | boolean)[] = []
  let end = 0
  let last: string | undefined
  let lastQuoted = ''
  for (const row of rows) {
    const value = read(row)
    if (value === null || value === undefined) {
      parts.push('NULL')
      continue
    }
    // Neighbours often share a tenant, a key, a model.
    if (typeof value === 'string' && value !== last) {
      lastQuoted = quoted(value)
      last = value
    }
    end = parts.push(typeof value === 'string' ? lastQuoted : value)
  }
  parts.length = end
  return `{${parts.join(',')}}`
}

/** What a text must not hold as it stands between the quotes of an array literal. */
const UNSAFE = /[\0"\\\ud800-\udfff]/

function quoted(value: string): string {
  return UNSAFE.test(value) ? `"${cleanText(value).replace(/["\\]/g, '\\$&')}"` : `"${value}"`
}
