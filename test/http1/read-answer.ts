import { ResponseReader } from '../../src/http1/response-reader'

/** What a reader made of bytes: the body, and how it ended. */
export interface Heard {
  status: number | undefined
  body: string
  /** `whole`, `open` (more is to come), or the rule that was broken. */
  ending: string
  /** Bytes behind the answer's end. */
  rest: number
  /** The pieces of the body that were copies, by their sizes. */
  copies: number[]
}

/** Gives the reader these pieces one after another, and then the connection's end. */
export function readAnswer(pieces: readonly Uint8Array[], answersHead = false): Heard {
  const buffers = pieces.map(piece => Buffer.from(Uint8Array.from(piece).buffer))
  const heard: Heard = { status: undefined, body: '', ending: 'open', rest: 0, copies: [] }
  const reader = new ResponseReader()
  reader.begin(
    {
      head: status => {
        heard.status = status
      },
      data(bytes) {
        heard.body += Buffer.from(bytes).toString('latin1')
        if (!buffers.some(({ buffer }) => buffer === bytes.buffer)) heard.copies.push(bytes.length)
      },
      end() {},
      fail() {},
    },
    answersHead,
  )
  try {
    for (const bytes of buffers) heard.rest += bytes.length - reader.read(bytes, 0)
    if (reader.endsHere()) heard.ending = 'whole'
  } catch (error) {
    heard.ending = (error as Error).message
  }
  return heard
}

/** The text cut at these offsets. */
export function cutAt(text: string, offsets: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const edges = [0, ...[...offsets].sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
}
