import { isObject } from '../../lib/object'
import { type VendorError, wordIn } from '../vendor-error'

/** Reads OpenAI's envelope, and what stands in its place at servers that nearly speak it: a string, a flat object, text. */
export function readError(body: unknown): VendorError {
  const error = isObject(body) && body.error !== undefined ? body.error : body
  if (!isObject(error)) return { message: wordIn(error), type: null, code: null, param: null }
  const { message, detail, type, code, param } = error
  return {
    message: wordIn(message) ?? wordIn(detail),
    type: wordIn(type),
    code: wordIn(code),
    param: wordIn(param),
  }
}
