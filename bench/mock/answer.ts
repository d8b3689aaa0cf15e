import { framed } from './chunk.ts'

const JSON_BYTES = 1024
const ID = 'chatcmpl-BenchStream0001'

function jsonBody(): string {
  const answer = (content: string) =>
    JSON.stringify({
      id: ID,
      object: 'chat.completion',
      created: 1790000000,
      model: 'bench-upstream',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 230,
        completion_tokens: 150,
        total_tokens: 380,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
      },
    })
  const words = 'a plain answer of a known length '
  return answer(words.repeat(40).slice(0, JSON_BYTES - answer('').length))
}

/** A whole response of HTTP/1.1 with a JSON body. */
export function jsonResponse(body: string, status = '200 OK'): Buffer {
  const length = Buffer.byteLength(body)
  return Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nx-request-id: req_bench\r\n\r\n${body}`,
  )
}

/** The answer to every unstreamed request: 1 KB with its usage. */
export const JSON_ANSWER = jsonResponse(jsonBody())

const event = (rest: string): string =>
  `data: {"id":"${ID}","object":"chat.completion.chunk","created":1790000000,"model":"bench-upstream",${rest}}\n\n`

/** Head and role chunk of a stream, sent in one write with its first content. */
export function streamHead(withUsage: boolean): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\nx-request-id: req_bench\r\n\r\n`
  const role = `"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]${withUsage ? ',"usage":null' : ''}`
  return Buffer.concat([Buffer.from(head), framed(event(role))])
}

/** What ends a stream: the stop chunk, the usage chunk if it was asked for, [DONE] and the end of the body. */
export function streamTail(withUsage: boolean, chunks: number): Buffer {
  const stop = `"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]${withUsage ? ',"usage":null' : ''}`
  const usage = `"choices":[],"usage":{"prompt_tokens":230,"completion_tokens":${chunks},"total_tokens":${230 + chunks},"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}`
  const parts = [
    framed(event(stop)),
    ...(withUsage ? [framed(event(usage))] : []),
    framed('data: [DONE]\n\n'),
  ]
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
