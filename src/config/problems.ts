const SHOWN_CHARACTERS = 60

/** Collects everything that is wrong with a configuration, so that one start names it all. The first word on a place stands. */
export class Problems {
  private readonly byPlace = new Map<string, string>()

  /** `found` must already be fit to be seen: use `shown` for a value, a description for a secret. */
  add(place: string, found: string, allowed: string): void {
    if (!this.byPlace.has(place)) this.byPlace.set(place, `${place}: found ${found}; allowed: ${allowed}`)
  }

  get list(): string[] {
    return [...this.byPlace.values()]
  }
}

/** A value that is no secret, as a problem quotes it: short, its control characters escaped, without a URL's password. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  if (typeof value !== 'string') return String(value)
  const text = value.replace(/\/\/[^/@]*@/g, '//…@').replace(/\?.*$/s, '?…')
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text)
}

/** What kind of thing a secret is, which is all that may be said of it. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (value === '') return 'an empty text'
  const kinds: Record<string, string> = { string: 'a text', object: 'a mapping', bigint: 'a number' }
  return kinds[typeof value] ?? `a ${typeof value}`
}
