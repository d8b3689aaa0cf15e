import { framed, StampedChunk } from './chunk.ts'

const HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\nrequest-id: req_bench\r\n\r\n'

function event(name: string, members: object): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...members })}\n\n`
}

/** Head and first events of a stream of Anthropic's Messages, sent in one write with its first content. */
export const MESSAGE_HEAD: Buffer = Buffer.concat([
  Buffer.from(HEAD),
  framed(
    event('message_start', {
      message: {
        id: 'msg_BenchStream0001',
        type: 'message',
        role: 'assistant',
        model: 'bench-upstream',
        content: [],
        stop_reason: null,
        usage: { input_tokens: 230, output_tokens: 1 },
      },
    }),
  ),
  framed(event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })),
])

/** A delta of the text, stamped as OpenAI's chunks are: a translator's answer is read as any other. */
export const MESSAGE_CHUNK: StampedChunk = new StampedChunk(
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"@',
  ' naïve 猫"}}\n\n',
)

/** What ends such a stream, usage included. */
export function messageTail(chunks: number): Buffer {
  const parts = [
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: chunks },
    }),
    event('message_stop', {}),
  ]
  return Buffer.concat([...parts.map(framed), Buffer.from('0\r\n\r\n')])
}
