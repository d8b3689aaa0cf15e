import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors'

/** Refuses bytes that are not UTF-8: a decoder would change them in silence. */
export function assertUtf8(bytes: Uint8Array): void {
  if (!isUtf8(bytes)) throw new GatewayError('invalid_utf8', 'The body is not valid UTF-8.')
}

/** JSON is taken by content: 415 only for a type that is clearly something else, such as a form or a file. */
export function assertJsonType(contentType: string | null): void {
  // Nearly every request says just that.
  if (contentType === 'application/json' || contentType === null || contentType === '') return
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (
    type === 'text/plain' ||
    type === 'application/octet-stream' ||
    /[/+]json$/.test(type) ||
    !type.includes('/')
  )
    return
  throw new GatewayError(
    'unsupported_media_type',
    "This endpoint takes JSON: send 'Content-Type: application/json'.",
  )
}
