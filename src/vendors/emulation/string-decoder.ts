/** Decodes the inside of a JSON string that comes in pieces. Held back is at most an escape that is not whole. */
export class StringDecoder {
  /** The closing quote has come. */
  isOver = false
  private tail = ''

  /** The text that is certain now. */
  push(text: string): string {
    if (this.isOver) return ''
    const rest = this.tail + text
    const end = this.endOf(rest)
    this.tail = this.isOver ? '' : rest.slice(end)
    return decoded(rest.slice(0, end))
  }

  private endOf(text: string): number {
    let at = 0
    while (at < text.length) {
      if (text[at] === '"') {
        this.isOver = true
        return at
      }
      const length = lengthAt(text, at)
      if (at + length > text.length) return at
      at += length
    }
    return at
  }
}

/** Of the character or escape that begins there, both halves of one that has two. */
function lengthAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code !== BACKSLASH) return isHighHalf(code) ? 2 : 1
  if (text[at + 1] !== 'u') return 2
  const isHalf = isHighHalf(Number.parseInt(text.slice(at + 2, at + 6), 16))
  const mayGoOn = text.slice(at + 6, at + 8) === '\\u' || at + 8 > text.length
  return isHalf && mayGoOn ? 12 : 6
}

const BACKSLASH = 92

function isHighHalf(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00
}

/** Models break their lines within strings, which JSON does not allow, and escape what has no escape. */
function decoded(inside: string): string {
  if (!inside.includes('\\')) return inside
  const legal = inside.replaceAll(/[\n\r\t]/g, character => ESCAPES[character] ?? '')
  try {
    return JSON.parse(`"${legal}"`) as string
  } catch {
    return inside
  }
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
