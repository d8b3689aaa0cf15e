import { COLON, CR, LF, may, NAME, SPACE, TAB, VALUE } from './characters'
import { Malformed } from './malformed'

/** Beyond this a size is no size, and numbers are not exact any more. */
const MOST_DIGITS = 13
/** Of one size line with its extensions. */
const MOST_LINE_BYTES = 4 * 1024
const MOST_TRAILER_BYTES = 16 * 1024
const SEMICOLON = 59

type Place =
  | 'size'
  | 'blank'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer'
  | 'trailer-name'
  | 'trailer-value'
  | 'trailer-lf'
  | 'last-lf'
  | 'done'

/** Finds the data in a chunked body: reads what stands between, and leaves the data alone. Trailers are read and dropped. */
export class ChunkedBody {
  /** Bytes of the present chunk's data that are yet to come. Whoever takes some calls `took`. */
  left = 0
  private place: Place = 'size'
  private size = 0
  private digits = 0
  /** Of the present size line, or of all trailers. */
  private lineBytes = 0

  get isDone(): boolean {
    return this.place === 'done'
  }

  begin(): void {
    this.left = 0
    this.place = 'size'
    this.size = 0
    this.digits = 0
    this.lineBytes = 0
  }

  took(count: number): void {
    this.left -= count
    if (this.left === 0) this.place = 'data-cr'
  }

  /** Reads from `at` up to the next data, the body's end or the bytes' end, and gives back where that is. Throws Malformed. */
  skip(bytes: Uint8Array, at: number): number {
    let next = at
    for (let byte = bytes[next]; byte !== undefined; byte = bytes[next]) {
      if (this.place === 'data' || this.place === 'done') break
      this.place = this.after(byte)
      next += 1
    }
    return next
  }

  private after(byte: number): Place {
    switch (this.place) {
      case 'size':
        return this.inSize(byte)
      case 'blank':
      case 'extension':
        return this.inExtension(byte, this.place)
      case 'size-lf':
        return this.sized(expect(byte, LF, 'data'))
      case 'data-cr':
        return expect(byte, CR, 'data-lf')
      case 'data-lf':
        return expect(byte, LF, 'size')
      case 'last-lf':
        return expect(byte, LF, 'done')
      default:
        return this.inTrailer(byte, this.place)
    }
  }

  private inSize(byte: number): Place {
    const digit = digitOf(byte)
    if (digit < 0) {
      if (this.digits === 0) throw new Malformed('a chunk without a size')
      return this.inExtension(byte, 'blank')
    }
    this.size = this.size * 16 + digit
    this.digits += 1
    if (this.digits > MOST_DIGITS) throw new Malformed('a chunk size beyond all bounds')
    return 'size'
  }

  /** Blanks after a size are padding or the way to an extension; anything else would be another reading of the size. */
  private inExtension(byte: number, place: Place): Place {
    this.lineBytes += 1
    if (this.lineBytes > MOST_LINE_BYTES) throw new Malformed('a chunk extension that is too long')
    if (byte === CR) return 'size-lf'
    if (place === 'extension') return expectClass(byte, VALUE, place)
    if (byte === SEMICOLON) return 'extension'
    if (byte === SPACE || byte === TAB) return place
    throw new Malformed('a chunk size that is no hexadecimal number')
  }

  private sized(place: Place): Place {
    this.left = this.size
    this.size = 0
    this.digits = 0
    this.lineBytes = 0
    return this.left === 0 ? 'trailer' : place
  }

  private inTrailer(byte: number, place: Place): Place {
    this.lineBytes += 1
    if (this.lineBytes > MOST_TRAILER_BYTES) throw new Malformed('trailers that are too long')
    if (place === 'trailer-lf') return expect(byte, LF, 'trailer')
    if (place === 'trailer-value') return byte === CR ? 'trailer-lf' : expectClass(byte, VALUE, place)
    if (place === 'trailer' && byte === CR) return 'last-lf'
    if (place === 'trailer-name' && byte === COLON) return 'trailer-value'
    return expectClass(byte, NAME, 'trailer-name')
  }
}

/** The place that follows, if this is the byte that leads there. */
function expect(byte: number, wanted: number, then: Place): Place {
  if (byte !== wanted) throw new Malformed('a line that does not end with CRLF')
  return then
}

function expectClass(byte: number, wanted: typeof NAME | typeof VALUE, then: Place): Place {
  if (!may(byte, wanted)) throw new Malformed('a character that must not stand there')
  return then
}

function digitOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
