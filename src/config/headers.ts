import type { ConfigFile } from './config-file'
import type { Problems } from './problems'

const VISIBLE = /^[\x20-\x7e\x80-\xff]*$/
/** Of the connection, of the body that we write, or of the credential: not a user's to set. */
const OURS = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
  ],
  ...['transfer-encoding', 'upgrade', 'expect', 'host', 'content-length', 'content-type', 'content-encoding'],
  ...['accept-encoding', 'authorization', 'cookie'],
])

/** A vendor's further request headers in lower case; those that are not to be set, or not to be sent, are problems. */
export function readHeaders(
  file: ConfigFile,
  path: readonly string[],
  headers: Record<string, string>,
  problems: Problems,
): Record<string, string> {
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    const place = file.placeOf([...path, name])
    if (OURS.has(lower)) problems.add(place, 'a header that the gateway sets itself', 'any other header')
    else if (Object.hasOwn(read, lower)) problems.add(place, 'the same header twice', 'each header once')
    else if (!VISIBLE.test(value))
      problems.add(place, 'a text with a control character', 'one line of visible Latin text')
    else read[lower] = value
  }
  return read
}
