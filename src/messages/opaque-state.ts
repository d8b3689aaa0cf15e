/**
 * State that another vendor wants back with the history (a signature of its own, a sealed thought) travels with callers
 * of Anthropic's dialect in a `redacted_thinking` block: they hand those back unread.
 */
export const PREFIX = 'callmissed:'

/** What one such block holds: a reasoning detail, or the signature of the call that follows it. */
export type OpaqueState = { detail: Record<string, unknown> } | { callId: string; signature: string }

/** The `data` of such a block; `openState` reads it back. */
export function sealState(state: OpaqueState): string {
  return PREFIX + Buffer.from(JSON.stringify(state)).toString('base64')
}

/** Undefined for what is not ours: Claude's own sealed thoughts, or something broken. */
export function openState(data: unknown): OpaqueState | undefined {
  if (typeof data !== 'string' || !data.startsWith(PREFIX)) return undefined
  try {
    const state: unknown = JSON.parse(Buffer.from(data.slice(PREFIX.length), 'base64').toString('utf8'))
    return isState(state) ? state : undefined
  } catch {
    return undefined
  }
}

function isState(value: unknown): value is OpaqueState {
  if (typeof value !== 'object' || value === null) return false
  if ('detail' in value) return typeof value.detail === 'object' && value.detail !== null
  return 'signature' in value && typeof value.signature === 'string' && 'callId' in value
}
