/** One request as it came: header names in the sender's spelling and order, the body's bytes untouched. */
export interface ReceivedRequest {
  method: string
  path: string
  version: string
  headers: [name: string, value: string][]
  body: Buffer
}

const MAX_HEAD_BYTES = 1024 * 1024
const MAX_BODY_BYTES = 256 * 1024 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')

type Open = ReceivedRequest & { chunked: boolean; missing: number; pieces: Buffer[]; size: number }

/** An incremental HTTP/1.1 request parser, as strict as a test needs: what it cannot read it throws at. */
export class RequestReader {
  #pending: Buffer = Buffer.alloc(0)
  #open: Open | undefined
  #wantsContinue = false

  push(data: Buffer): void {
    if (this.#open && !this.#open.chunked && this.#pending.length === 0) this.#fill(this.#open, data)
    else this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data])
  }

  /** True once for each request that asked for `100 Continue` and whose body has not come. */
  takeContinue(): boolean {
    const wants = this.#wantsContinue
    this.#wantsContinue = false
    return wants
  }

  /** The next whole request, if it is there. */
  take(): ReceivedRequest | undefined {
    this.#open ??= this.#readHead()
    const open = this.#open
    if (!open) return undefined
    if (open.chunked ? !this.#readChunks(open) : open.missing > 0) return undefined
    this.#open = undefined
    this.#wantsContinue = false
    const { method, path, version, headers, pieces } = open
    return { method, path, version, headers, body: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) }
  }

  #readHead(): Open | undefined {
    const end = this.#pending.indexOf(HEAD_END)
    if (end < 0 && this.#pending.length > MAX_HEAD_BYTES) throw new Error('the head is too long')
    if (end < 0) return undefined
    const [first = '', ...lines] = this.#pending.toString('latin1', 0, end).split('\r\n')
    const [method = '', path = '', version = ''] = first.split(' ')
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    })
    const rest = this.#pending.subarray(end + HEAD_END.length)
    this.#pending = Buffer.alloc(0)
    const chunked = /chunked/i.test(header(headers, 'transfer-encoding') ?? '')
    const missing = chunked ? 0 : Number(header(headers, 'content-length') ?? 0)
    if (missing > MAX_BODY_BYTES) throw new Error('the body is too long')
    const open: Open = { method, path, version, headers, body: rest, chunked, missing, pieces: [], size: 0 }
    this.#wantsContinue = /100-continue/i.test(header(headers, 'expect') ?? '')
    if (chunked) this.#pending = rest
    else this.#fill(open, rest)
    return open
  }

  #fill(open: Open, data: Buffer): void {
    const own = data.subarray(0, open.missing)
    if (own.length > 0) open.pieces.push(own)
    open.missing -= own.length
    if (own.length < data.length) this.#pending = data.subarray(own.length)
  }

  #readChunks(open: Open): boolean {
    for (;;) {
      const lineEnd = this.#pending.indexOf(LINE_END)
      if (lineEnd < 0) return false
      const size = Number.parseInt(this.#pending.toString('latin1', 0, lineEnd), 16)
      if (Number.isNaN(size)) throw new Error('a chunk has no size')
      const from = lineEnd + 2
      if (this.#pending.length < from + size + 2) return false
      if (size > 0) open.pieces.push(this.#pending.subarray(from, from + size))
      this.#pending = this.#pending.subarray(from + size + 2)
      open.size += size
      if (open.size > MAX_BODY_BYTES) throw new Error('the body is too long')
      if (size === 0) return true
    }
  }
}

/** The first header of that name (lower case), whatever its spelling on the wire. */
export function header(headers: [string, string][], name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name)?.[1]
}
