import { type AuditFilter, listAudit } from '../db/audit'
import type { Database } from '../db/client'
import { auditRecord } from './audit-record'

export const NDJSON = 'application/x-ndjson'

/** So many records are read and held at a time. */
const PAGE = 500

/** Whether a request asks for all records as lines rather than for a page of them. */
export function wantsLines(request: Request): boolean {
  return (request.headers.get('accept') ?? '')
    .split(',')
    .some(type => type.split(';', 1)[0]?.trim() === NDJSON)
}

export interface ExportOptions extends AuditFilter {
  /** The request id that the first line comes after. */
  after: string | undefined
  /** How many lines at most; undefined: all. */
  limit: number | undefined
}

/**
 * Every record that the filter matches, newest first, one JSON a line: page by page, as fast as it is read. A database
 * that goes away in the midst breaks the answer off, so that half a log is not taken for a whole one.
 */
export function exportAudit(database: Database, { after, limit, ...filter }: ExportOptions): Response {
  let before = after
  let left = limit ?? Number.POSITIVE_INFINITY
  const body = new ReadableStream<Uint8Array>({
    type: 'bytes',
    async pull(controller) {
      const rows =
        left > 0 ? await listAudit(database, { ...filter, before, limit: Math.min(PAGE, left) }) : []
      const last = rows.at(-1)
      if (!last) return close(controller)
      before = last.requestId
      left -= rows.length
      controller.enqueue(Buffer.from(rows.map(row => `${JSON.stringify(auditRecord(row))}\n`).join('')))
    },
  })
  return new Response(body, { headers: { 'content-type': NDJSON, 'cache-control': 'no-store' } })
}

/** A byte stream waits for an answer to a read that is open, also at its end. */
function close(controller: ReadableByteStreamController): void {
  controller.close()
  controller.byobRequest?.respond(0)
}
