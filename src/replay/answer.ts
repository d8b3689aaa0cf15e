/** A whole answer, as it was given. */
export interface Answer {
  status: number
  headers: [name: string, value: string][]
  body: Uint8Array<ArrayBuffer>
}

/** What each answer has of its own, also where it is given again. */
const OWN = new Set(['x-callmissed-request-id', 'x-request-id'])

/** The headers of an answer that are given again with it. */
export function keptHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !OWN.has(name) && !name.startsWith('x-ratelimit-'))
}

/** An answer as one piece: a line of JSON, and behind it the body as it is. */
export function encodeAnswer({ status, headers, body }: Answer): Uint8Array<ArrayBuffer> {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ status, headers })}\n`), body])
}

/** Throws SyntaxError for what `encodeAnswer` did not make. */
export function decodeAnswer(bytes: Uint8Array<ArrayBuffer>): Answer {
  const end = bytes.indexOf(0x0a)
  const head = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString()) as Omit<Answer, 'body'>
  return { ...head, body: bytes.subarray(end + 1) }
}
