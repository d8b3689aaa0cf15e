/** What stands before the first link of a chain. */
export const CHAIN_START = '0'.repeat(64)

/**
 * The hash (SHA-256, hexadecimal) of a link: of the one before it and of what it says. Whoever changes, removes or moves a
 * link changes every later one. Members are taken in the order of their names, so that it does not matter how a value was kept.
 */
export function linkHash(previous: string, value: unknown): string {
  return new Bun.CryptoHasher('sha256').update(previous).update(canonicalJson(value)).digest('hex')
}

/** JSON without blanks, its members in the order of their names; absent ones are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => canonicalJson(item ?? null)).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join()}}`
}
