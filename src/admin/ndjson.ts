export const NDJSON = 'application/x-ndjson'

/** So many entries are read and held at a time. */
const PAGE = 500

/** What an `accept` header says of a type that is not wanted. */
const NOT_WANTED = /^q=0(?:\.0*)?$/

/** Whether a request asks for all entries as lines rather than for a page of them. */
export function wantsLines(request: Request): boolean {
  return (request.headers.get('accept') ?? '').split(',').some(range => {
    const [type, ...parameters] = range.split(';').map(part => part.trim().toLowerCase())
    return type === NDJSON && !parameters.some(parameter => NOT_WANTED.test(parameter))
  })
}

export interface Lines<Row> {
  /** The next entries behind this id, newest first. */
  read: (after: string | undefined, limit: number) => Promise<readonly Row[]>
  idOf: (row: Row) => string
  toJson: (row: Row) => unknown
  /** The id that the first line comes after. */
  after: string | undefined
  /** How many lines at most; undefined: all. */
  limit: number | undefined
}

/**
 * A list as one JSON a line: page by page, as fast as it is read. A database that goes away in the midst breaks the answer
 * off, so that half a log is not taken for a whole one.
 */
export function ndjson<Row>({ read, idOf, toJson, after: start, limit }: Lines<Row>): Response {
  let after = start
  let left = limit ?? Number.POSITIVE_INFINITY
  const body = new ReadableStream<Uint8Array>({
    type: 'bytes',
    async pull(controller) {
      const rows = left > 0 ? await read(after, Math.min(PAGE, left)) : []
      const last = rows.at(-1)
      if (!last) return close(controller)
      after = idOf(last)
      left -= rows.length
      controller.enqueue(Buffer.from(rows.map(row => `${JSON.stringify(toJson(row))}\n`).join('')))
    },
  })
  return new Response(body, { headers: { 'content-type': NDJSON, 'cache-control': 'no-store' } })
}

/** A byte stream waits for an answer to a read that is open, also at its end. */
function close(controller: ReadableByteStreamController): void {
  controller.close()
  controller.byobRequest?.respond(0)
}
