import type { HttpRequest } from './sink'

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** They delimit the request or govern the connection: nobody sets them but us. */
const OURS = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
])

/** The longest head that is sent: larger ones are refused by every server. */
const MOST_REQUEST_HEAD_BYTES = 32 * 1024

/** A request that cannot be sent as it is. The message names the header, never its value. */
export class Unsendable extends Error {
  override readonly name = 'Unsendable'
}

/**
 * The head up to the content-length's digits, so that nothing of it need be built again for the next request of the
 * kind. Throws Unsendable for a header that could be read as two, or that is not the caller's to set.
 */
export function requestHead(
  { method = 'POST', headers }: HttpRequest,
  host: string,
  target: string,
  defaults: Readonly<Record<string, string>>,
): Buffer {
  const fields = new Map(Object.entries(defaults))
  for (const [name, value] of Object.entries(headers)) fields.set(name.toLowerCase(), value)
  let text = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`
  for (const [name, value] of fields) {
    if (!NAME.test(name)) throw new Unsendable('a header whose name is none')
    if (OURS.has(name)) throw new Unsendable(`the header ${name}, which is the connection's`)
    if (!VALUE.test(value))
      throw new Unsendable(`the header ${name}, whose value is not one line of Latin text`)
    text += `${name}: ${value}\r\n`
  }
  text += 'content-length: '
  if (text.length > MOST_REQUEST_HEAD_BYTES) throw new Unsendable('a head that is too long')
  return Buffer.from(text, 'latin1')
}
