import { GatewayError } from '../errors'
import { assertJsonType, assertUtf8 } from './json-body'

/** A body that is still arriving after this long is not read on. */
const SLOWEST_MS = 30_000

/**
 * The request's bytes, read once. Throws `request_too_large` (before reading, where the length is declared),
 * `unsupported_media_type`, `invalid_utf8`, or `request_timeout` for a body that comes too slowly.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  assertJsonType(request.headers.get('content-type'))
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity')
    throw new GatewayError('unsupported_media_type', 'Compressed request bodies are not taken.')
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes)
  const body = declared === null ? await readChunked(request, maxBytes) : await inTime(request.bytes())
  if (body.length === 0) throw new GatewayError('invalid_json', 'The request has no body.')
  assertUtf8(body)
  return body
}

/** A chunked body does not say how long it will be: it is counted while it comes. */
async function readChunked(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await inTime(reader.read())
    if (done) return Buffer.concat(chunks)
    size += value.length
    if (size > maxBytes) {
      await reader.cancel()
      throw tooLarge(maxBytes)
    }
    chunks.push(value)
  }
}

async function inTime<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new GatewayError('request_timeout', 'The request body did not arrive in time.')),
      SLOWEST_MS,
    )
  })
  try {
    return await Promise.race([reading, late])
  } finally {
    clearTimeout(timer)
  }
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('request_too_large', `The request body is larger than ${maxBytes} bytes.`)
}
