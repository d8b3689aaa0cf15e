/** A new time-ordered id (UUIDv7): request ids, tenants and keys, all opaque to callers. */
export function newId(): string {
  return Bun.randomUUIDv7()
}

/** Below every id, and nobody's. */
export const LEAST_ID = '00000000-0000-0000-0000-000000000000'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a caller's text can be one of our ids at all; anything else does not exist and need not be looked up. */
export function isId(text: string): boolean {
  return UUID.test(text)
}
