/** The data of each event in a whole stream, comments left out. */
export function dataOf(text: string): string[] {
  return text
    .split('\n\n')
    .filter(event => event.startsWith('data: '))
    .map(event => event.slice('data: '.length))
}

/** The chunks of a whole stream, parsed, without `[DONE]`. */
export function chunksOf(text: string): Chunk[] {
  return dataOf(text)
    .filter(data => data !== '[DONE]')
    .map(data => JSON.parse(data) as Chunk)
}

export interface Chunk {
  choices?: { index: number; delta: Record<string, unknown>; finish_reason: string | null }[]
  usage?: Record<string, unknown> | null
  error?: { message: string; type: string; param: string | null; code: string | null }
  [field: string]: unknown
}

/** What a reader of the stream would print. */
export function contentOf(text: string): string {
  const deltas = chunksOf(text).flatMap(chunk => chunk.choices ?? [])
  return deltas.map(({ delta }) => delta.content ?? '').join('')
}

/** One conforming chunk's `data:` line, for `{ chunk: … }` steps. `rest` wins over the defaults. */
export function line(delta: object, rest: object = {}, finish: string | null = null): string {
  return `data: ${JSON.stringify({ ...HEAD, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...rest })}`
}

export const HEAD = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_780_000_000,
  model: 'm-2026-01',
}

export const USAGE = {
  prompt_tokens: 12,
  completion_tokens: 5,
  total_tokens: 17,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 1, audio_tokens: 0 },
}
/** USAGE at the tests' price: 8 × 2.5 + 4 × 0.25 + 5 × 10 micro-dollars. */
export const USAGE_COST = 0.000071

export const STREAM_HEAD = { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } }
export const ASK = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true }
export const ASK_USAGE = { ...ASK, stream_options: { include_usage: true } }
