import { Meter } from '../../src/usage/meter'
import { openai } from '../../src/vendors/openai/adapter'

export interface Metered {
  meter: Meter
  /** What the caller would get: without the usage event and the end, which are not the meter's to write. */
  text: string
  pieces: Uint8Array[]
}

/** Feeds these chunks to a meter, then the vendor's closing. Each chunk is a copy, as a socket's would be. */
export function runMeter(chunks: Iterable<string | Uint8Array>, keepUsage = false): Metered {
  const pieces: Uint8Array[] = []
  const outlet = { emit: (bytes: Uint8Array) => void pieces.push(bytes) }
  const meter = new Meter({ keepUsage, readUsage: openai.usage, outlet })
  for (const chunk of chunks) meter.push(Uint8Array.from(Buffer.from(chunk as string)))
  meter.end()
  return { meter, pieces, text: Buffer.concat(pieces).toString() }
}

/** The bytes in two, cut at each place in turn. */
export function* splits(text: string): Generator<[Uint8Array, Uint8Array]> {
  const bytes = Buffer.from(text)
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)]
}

/** One byte a chunk. */
export function singles(text: string): Uint8Array[] {
  return [...Buffer.from(text)].map(byte => Uint8Array.of(byte))
}

const HEAD = '"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1"'
const USAGE_JSON = '{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}'

/** The data of conforming events, as OpenAI writes them when usage was asked for. */
export const ROLE = `{${HEAD},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}`
export const word = (text: string, rest = ',"usage":null') =>
  `{${HEAD},"choices":[{"index":0,"delta":{"content":${JSON.stringify(text)}},"finish_reason":null}]${rest}}`
export const FINISH = `{${HEAD},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}`
export const usageData = (usage = USAGE_JSON) => `{${HEAD},"choices":[],"usage":${usage}}`
export const events = (...data: string[]) => data.map(each => `data: ${each}\n\n`).join('')
export const WHOLE = events(ROLE, word('Hé'), word(' 😀'), FINISH, usageData(), '[DONE]')
/** What is left of WHOLE for a caller who asked for usage. */
export const KEPT = events(ROLE, word('Hé'), word(' 😀'), FINISH)
/** The same for one who did not: as long, without a `usage` key. */
export const BLANKED = KEPT.replaceAll(',"usage":null', ' '.repeat(',"usage":null'.length))
