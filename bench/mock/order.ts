/** What a paced stream should do. It travels in the prompt, the one text that every gateway forwards. */
export interface StreamOrder {
  /** unique within a run of the mock */
  id: number
  /** between two chunks */
  paceMs: number
  chunks: number
  /** of silence before the answer's head */
  waitMs: number
}

const ORDER = /bench-order id=(\d+) pace=(\d+) chunks=(\d+) wait=(\d+)/

/** The order as the text of a prompt. */
export const writeOrder = (order: StreamOrder): string =>
  `bench-order id=${order.id} pace=${order.paceMs} chunks=${order.chunks} wait=${order.waitMs}`

/** The order in a request body, if there is one. */
export function readOrder(body: string): StreamOrder | undefined {
  const found = ORDER.exec(body)
  if (!found) return undefined
  const [id, paceMs, chunks, waitMs] = found.slice(1).map(Number)
  return { id: id!, paceMs: Math.max(1, paceMs!), chunks: chunks!, waitMs: waitMs! }
}
