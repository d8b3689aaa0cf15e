/** Before the time stamp in a content chunk; what a client looks for. */
export const STAMP_MARK = '"content":"@'
/** Digits of the time stamp (µs, shared clock) and of the number within the stream. */
export const STAMP_DIGITS = 16
export const NUMBER_DIGITS = 6

const PREFIX = `data: {"id":"chatcmpl-BenchStream0001","object":"chat.completion.chunk","created":1790000000,"model":"bench-upstream","choices":[{"index":0,"delta":{${STAMP_MARK}`
const SUFFIX = ' naïve 猫"},"finish_reason":null}]'

/** What stands in a content chunk before the stamp and after the number, without the end of the object. */
export const CHUNK_BEFORE = Buffer.from(PREFIX)
export const CHUNK_AFTER = Buffer.from(SUFFIX)

const EVENT_END = '}\n\n'

/** One piece of a body in HTTP/1.1's chunked framing. */
export function framed(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

const digits = (value: number, width: number): string => String(Math.trunc(value)).padStart(width, '0')

/** A framed content chunk whose stamp and number are overwritten in place: nothing is built per chunk. */
export class StampedChunk {
  readonly bytes: Buffer
  readonly #stampAt: number

  constructor(before: string, after: string) {
    const blank = `${'0'.repeat(STAMP_DIGITS)}#${'0'.repeat(NUMBER_DIGITS)}`
    this.bytes = framed(before + blank + after)
    this.#stampAt = this.bytes.indexOf(before) + Buffer.byteLength(before)
  }

  /** The chunk for one moment and place in its stream; valid until the next call. */
  at(stampUs: number, number: number): Buffer {
    this.bytes.write(digits(stampUs, STAMP_DIGITS), this.#stampAt, 'latin1')
    this.bytes.write(digits(number, NUMBER_DIGITS), this.#stampAt + STAMP_DIGITS + 1, 'latin1')
    return this.bytes
  }
}

/** A content chunk of OpenAI's dialect. */
export class ContentChunk extends StampedChunk {
  /** `withNull`: the vendor was asked for usage, and puts `"usage":null` on every other chunk. */
  constructor(withNull: boolean) {
    super(PREFIX, SUFFIX + (withNull ? ',"usage":null' : '') + EVENT_END)
  }
}
