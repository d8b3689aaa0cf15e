/** A text that says something; null for an empty one and for whatever is none. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
