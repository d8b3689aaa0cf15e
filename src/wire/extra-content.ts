import { isObject } from '../lib/object'

/** A call's opaque state, where Google's own compatible endpoint puts it and our answers do; undefined if there is none. */
export function signatureIn(call: Record<string, unknown>): string | undefined {
  const extra = isObject(call.extra_content) ? call.extra_content.google : undefined
  const signature = isObject(extra) ? extra.thought_signature : undefined
  return typeof signature === 'string' && signature !== '' ? signature : undefined
}

/** The member of a call that holds its state: callers hand it back with the history. */
export function extraContent(signature: string): { extra_content: object } {
  return { extra_content: { google: { thought_signature: signature } } }
}
