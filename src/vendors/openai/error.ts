import { isObject } from '../../lib/object'
import type { VendorError } from '../vendor-error'

/** Reads OpenAI's envelope, and what stands in its place at servers that nearly speak it: a string, a flat object, text. */
export function readError(body: unknown): VendorError {
  const error = isObject(body) && body.error !== undefined ? body.error : body
  if (!isObject(error)) return { message: text(error), type: null, code: null, param: null }
  const { message, detail, type, code, param } = error
  return { message: text(message) ?? text(detail), type: text(type), code: text(code), param: text(param) }
}

function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}
