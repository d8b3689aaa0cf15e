/** A request as far as the mock must know it: the body only up to a bound, the rest is counted and dropped. */
export interface MockRequest {
  path: string
  body: string
}

const HEAD_END = Buffer.from('\r\n\r\n')
const MAX_HEAD_BYTES = 65_536
const MAX_KEPT_BYTES = 16_384
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i

/** Cuts what one connection sends into requests. A body must come with a length. */
export class Intake {
  #carry: Buffer | undefined
  #path = ''
  #body = ''
  #missing = 0

  /** Calls `done` once for each request that is now complete; throws on a head that is too long. */
  take(incoming: Buffer, done: (request: MockRequest) => void): void {
    let bytes = this.#carry ? Buffer.concat([this.#carry, incoming]) : incoming
    this.#carry = undefined
    while (bytes.length > 0) {
      if (this.#missing === 0) {
        const headEnd = bytes.indexOf(HEAD_END)
        if (headEnd < 0) {
          if (bytes.length > MAX_HEAD_BYTES) throw new Error('the head is too long')
          this.#carry = Buffer.from(bytes)
          return
        }
        this.#readHead(bytes.toString('latin1', 0, headEnd))
        bytes = bytes.subarray(headEnd + HEAD_END.length)
      }
      bytes = this.#readBody(bytes)
      if (this.#missing === 0) done({ path: this.#path, body: this.#body })
    }
  }

  #readHead(head: string): void {
    const from = head.indexOf(' ') + 1
    this.#path = head.slice(from, head.indexOf(' ', from))
    this.#body = ''
    this.#missing = Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0)
  }

  #readBody(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#missing)
    this.#missing -= part.length
    if (this.#body.length < MAX_KEPT_BYTES) this.#body += part.subarray(0, MAX_KEPT_BYTES).toString('latin1')
    return bytes.subarray(part.length)
  }
}
