import { GatewayError } from '../errors'
import { systemClock } from '../lib/clock'
import { Deadlines } from '../lib/deadlines'
import { assertJsonType, assertUtf8 } from './json-body'

/** What a body has to arrive in, however small it is. */
export const SLOWEST_BODY_MS = 30_000
/** A large body may take longer, but not come more slowly than this. */
const SLOWEST_BYTES_PER_MS = 16

/** Who reads a body for as long as it comes: `refuse`, once it is set, ends that with an error. */
export interface Receiver {
  refuse?: ((error: GatewayError) => void) | undefined
}

/**
 * The request's bytes, read once. Throws `request_too_large` (before reading, where the length is declared),
 * `unsupported_media_type`, `invalid_utf8`, `request_timeout` for a body that comes too slowly (`slowestMs` for the
 * first byte and 16 KB a second from there), or `invalid_json` for one that breaks off.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  slowestMs: number = SLOWEST_BODY_MS,
  receiver: Receiver = {},
): Promise<Uint8Array> {
  assertJsonType(request.headers.get('content-type'))
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity')
    throw new GatewayError('unsupported_media_type', 'Compressed request bodies are not taken.')
  const declared = request.headers.get('content-length')
  const length = Number(declared)
  if (length > maxBytes) throw tooLarge(maxBytes)
  const body =
    declared === null
      ? await readChunked(request, maxBytes, slowestMs, receiver)
      : await inTime(request.bytes(), slowestMs + length / SLOWEST_BYTES_PER_MS, receiver)
  if (body.length === 0) throw new GatewayError('invalid_json', 'The request has no body.')
  assertUtf8(body)
  return body
}

/** A chunked body does not say how long it will be: it is counted while it comes. */
async function readChunked(
  request: Request,
  maxBytes: number,
  slowestMs: number,
  receiver: Receiver,
): Promise<Uint8Array> {
  const arriving = new ArrivingBody(request, maxBytes, slowestMs, receiver)
  const chunks: Uint8Array[] = []
  for (let chunk = await arriving.read(); chunk; chunk = await arriving.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A body that is read piece by piece, counted and timed: only the waiting for the caller is, not what is done with a piece. */
export class ArrivingBody {
  /** Bytes that have arrived. */
  size = 0
  private waitedMs = 0
  private readonly reader: Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'> | undefined
  private readonly maxBytes: number
  private readonly slowestMs: number
  private readonly receiver: Receiver

  /** Throws `request_too_large` where the length is declared. */
  constructor(request: Request, maxBytes: number, slowestMs: number, receiver: Receiver = {}) {
    if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge(maxBytes)
    this.reader = request.body?.getReader()
    this.maxBytes = maxBytes
    this.slowestMs = slowestMs
    this.receiver = receiver
  }

  /** The next piece; undefined at the end. Rejects with what `readBody` throws; nothing is to be read after that. */
  async read(): Promise<Uint8Array | undefined> {
    if (!this.reader) return undefined
    const startedAt = performance.now()
    const allowedMs = this.slowestMs + this.size / SLOWEST_BYTES_PER_MS
    try {
      const { done, value } = await inTime(this.reader.read(), allowedMs - this.waitedMs, this.receiver)
      if (done) return undefined
      this.waitedMs += performance.now() - startedAt
      this.size += value.length
      if (this.size > this.maxBytes) throw tooLarge(this.maxBytes)
      return value
    } catch (error) {
      this.cancel()
      throw error
    }
  }

  /** The rest of it is not waited for, and its own failure to arrive would say nothing new. */
  cancel(): void {
    this.reader?.cancel().catch(() => undefined)
  }
}

const deadlines = new Deadlines(systemClock)

/** One promise, and no timer of its own: every request waits here, and a race of two would take four. */
function inTime<T>(reading: Promise<T>, ms: number, receiver: Receiver): Promise<T> {
  return new Promise((resolve, reject) => {
    receiver.refuse = reject
    const late = () => reject(new GatewayError('request_timeout', 'The request body did not arrive in time.'))
    const deadline = deadlines.add(late, ms)
    reading.then(
      value => {
        deadlines.delete(deadline)
        resolve(value)
      },
      cause => {
        deadlines.delete(deadline)
        reject(brokenOff(cause))
      },
    )
  })
}

/** The caller left, or its chunks are malformed: nobody will read what is said, and it is no failure of ours. */
function brokenOff(cause: unknown): GatewayError {
  return new GatewayError('invalid_json', 'The request body broke off before its end.', { cause })
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('request_too_large', `The request body is larger than ${maxBytes} bytes.`)
}
