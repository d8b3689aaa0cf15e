import { writeOrder } from '../mock/order.ts'

/** What the stream client is told to do: one JSON object as its only argument. */
export interface ClientOrder {
  /** `rolling`: a window of streams that open and end; `hold`: open and keep; `abort`: open, then leave one by one */
  mode: 'rolling' | 'hold' | 'abort'
  hostname: string
  port: number
  path: string
  key: string
  model: string
  /** open at the same time */
  streams: number
  paceMs: number
  chunks: number
  /** of silence before the vendor's head */
  waitMs: number
  /** of the window, `rolling` only */
  seconds: number
  /** between two callers' leaving, `abort` only; a few milliseconds unless said */
  betweenMs?: number
}

const PROMPT_FILL = 'A plain prompt of about a kilobyte, as a chat with a short history has it. '

/** The HTTP request that opens one stream, about 1 KB of body. */
export function streamRequest(order: ClientOrder, id: number): Buffer {
  const body = JSON.stringify({
    model: order.model,
    messages: [
      {
        role: 'user',
        content: writeOrder({ id, paceMs: order.paceMs, chunks: order.chunks, waitMs: order.waitMs }),
      },
      { role: 'system', content: PROMPT_FILL.repeat(10) },
    ],
    temperature: 0.2,
    max_tokens: 512,
    stream: true,
  })
  const head = [
    `POST ${order.path} HTTP/1.1`,
    `Host: ${order.hostname}:${order.port}`,
    `Authorization: Bearer ${order.key}`,
    'Content-Type: application/json',
    'Accept: text/event-stream',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
