import type { Connection } from './connection'
import type { Entry, Ledger } from './ledger'
import { words } from './words'

/** What a request may ask of the default answer, in fields that no real vendor knows. */
export interface Knobs {
  /** Output tokens, one chunk each; capped by `max_tokens`. Default 8. */
  x_tokens?: number
  /** Between tokens, also of an answer that is not streamed. Default 0: as fast as the peer reads. */
  x_pace_ms?: number
  /** Pads each event (with its blank line) up to this size. */
  x_bytes_per_chunk?: number
  x_seed?: number
  /** Silence before the head. */
  x_first_ms?: number
  /** Counted in the output, produced before the first chunk at the same pace. */
  x_reasoning_tokens?: number
  x_prompt_tokens?: number
  x_cached_tokens?: number
  /** Each chunk carries `x_sent_ms`: milliseconds since 1970 with microseconds, as the vendor's clock had it. */
  x_stamp?: boolean
}

interface ChatBody extends Knobs {
  model?: string
  stream?: boolean | null
  n?: number | null
  max_tokens?: number | null
  max_completion_tokens?: number | null
  stream_options?: { include_usage?: boolean } | null
}

/** A request as the default answer understands it. */
interface Plan {
  id: string
  model: string
  created: number
  n: number
  texts: string[][]
  finish: 'stop' | 'length'
  paceMs: number
  bytesPerChunk: number
  usage: boolean
  stamp: boolean
}

/** A conforming answer, whose length and pace the request sets itself: so that load needs no script. */
export async function answerChat(
  body: ChatBody,
  connection: Connection,
  entry: Entry,
  ledger: Ledger,
): Promise<void> {
  const plan = planOf(body, entry)
  if (body.x_first_ms) await connection.wait(body.x_first_ms)
  const thought = body.x_reasoning_tokens ?? 0
  if (!body.stream) await produceUnary(plan, thought, connection, entry)
  else {
    connection.write(headOf(entry, 'text/event-stream; charset=utf-8', 'transfer-encoding: chunked'))
    await think(plan, thought, connection, entry)
    await streamTokens(plan, connection, entry)
  }
  await connection.ready()
  if (!connection.closed) ledger.close(entry, 'complete')
}

function planOf(body: ChatBody, entry: Entry): Plan {
  const wanted = body.x_tokens ?? 8
  const limit = body.max_completion_tokens ?? body.max_tokens ?? wanted
  const tokens = Math.min(wanted, limit)
  const n = body.n ?? 1
  entry.bill.inputTokens = body.x_prompt_tokens ?? Math.ceil((entry.body?.length ?? 0) / 4)
  entry.bill.cachedInputTokens = body.x_cached_tokens ?? 0
  return {
    id: `chatcmpl-${entry.id}`,
    model: body.model ?? '',
    created: Math.floor(entry.startedAt / 1000),
    n,
    texts: Array.from({ length: n }, (_, index) => words((body.x_seed ?? 1) + index, tokens)),
    finish: wanted > limit ? 'length' : 'stop',
    paceMs: body.x_pace_ms ?? 0,
    bytesPerChunk: body.x_bytes_per_chunk ?? 0,
    usage: body.stream_options?.include_usage === true,
    stamp: body.x_stamp === true,
  }
}

function headOf(entry: Entry, type: string, framing: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nx-request-id: ${entry.id}\r\n${framing}\r\n\r\n`
}

/** Reasoning is produced in silence. Where the peer leaves in it, what was thought by then is billed. */
async function think(plan: Plan, tokens: number, connection: Connection, entry: Entry): Promise<void> {
  const produce = (count: number) => {
    entry.tokens += count
    entry.bill.reasoningTokens = (entry.bill.reasoningTokens ?? 0) + count
  }
  if (plan.paceMs === 0) return produce(tokens)
  for (let done = 0; done < tokens && !connection.closed; done++) {
    await connection.wait(plan.paceMs)
    if (!connection.closed) produce(1)
  }
}

async function produceUnary(
  plan: Plan,
  thought: number,
  connection: Connection,
  entry: Entry,
): Promise<void> {
  await think(plan, thought, connection, entry)
  const tokens = plan.texts[0]?.length ?? 0
  if (plan.paceMs === 0) entry.tokens += tokens * plan.n
  for (let done = 0; plan.paceMs > 0 && done < tokens && !connection.closed; done++) {
    await connection.wait(plan.paceMs)
    if (!connection.closed) entry.tokens += plan.n
  }
  const choices = plan.texts.map((text, index) => ({
    index,
    message: { role: 'assistant', content: text.join(''), refusal: null, annotations: [] },
    logprobs: null,
    finish_reason: plan.finish,
  }))
  const { id, created, model } = plan
  const body = JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices,
    usage: usageOf(entry),
  })
  connection.write(
    `${headOf(entry, 'application/json', `content-length: ${Buffer.byteLength(body)}`)}${body}`,
  )
}

function usageOf(entry: Entry) {
  const input = entry.bill.inputTokens ?? 0
  return {
    prompt_tokens: input,
    completion_tokens: entry.tokens,
    total_tokens: input + entry.tokens,
    prompt_tokens_details: { cached_tokens: entry.bill.cachedInputTokens ?? 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: entry.bill.reasoningTokens ?? 0, audio_tokens: 0 },
  }
}

/** Yields the loop once in so many unpaced tokens, so that other streams get their turn. */
const BURST = 64

async function streamTokens(plan: Plan, connection: Connection, entry: Entry): Promise<void> {
  const pieces = piecesOf(plan)
  for (let choice = 0; choice < plan.n; choice++)
    connection.write(event(plan, pieces, choice, '{"role":"assistant","content":"","refusal":null}', 'null'))
  const tokens = plan.texts[0]?.length ?? 0
  let due = performance.now()
  for (let done = 0; done < tokens; done++) {
    due += plan.paceMs
    if (due > performance.now()) await connection.wait(due - performance.now())
    else if (done % BURST === BURST - 1) await new Promise(resolve => setImmediate(resolve))
    if (connection.closed) return
    for (let choice = 0; choice < plan.n; choice++) {
      const delta = `{"content":${contentOf(plan, pieces, choice, done)}}`
      entry.tokens += 1
      if (!connection.write(event(plan, pieces, choice, delta, 'null'))) await connection.ready()
    }
  }
  for (let choice = 0; choice < plan.n; choice++)
    connection.write(event(plan, pieces, choice, '{}', `"${plan.finish}"`))
  const usage = plan.usage ? `${pieces.start}[],"usage":${JSON.stringify(usageOf(entry))}}\n\n` : ''
  connection.write(`${framed(usage)}${framed('data: [DONE]\n\n')}0\r\n\r\n`)
}

interface Pieces {
  start: string
  end: string
  /** Size of an event around its content. */
  overhead: number
}

function piecesOf(plan: Plan): Pieces {
  const { id, created, model } = plan
  const head = JSON.stringify({ id, object: 'chat.completion.chunk', created, model })
  const start = `data: ${head.slice(0, -1)},"choices":`
  const end = `${plan.usage ? ',"usage":null' : ''}}\n\n`
  const around = '[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":null}]'
  return { start, end, overhead: Buffer.byteLength(start) + end.length + around.length }
}

function contentOf(plan: Plan, pieces: Pieces, choice: number, token: number): string {
  const word = plan.texts[choice]?.[token] ?? ''
  const literal = JSON.stringify(word)
  const missing = plan.bytesPerChunk - pieces.overhead - Buffer.byteLength(literal) + 2
  return missing > 0 ? `${literal.slice(0, -1)}${'x'.repeat(missing)}"` : literal
}

function event(plan: Plan, pieces: Pieces, choice: number, delta: string, finish: string): string {
  const stamp = plan.stamp ? `,"x_sent_ms":${(performance.timeOrigin + performance.now()).toFixed(3)}` : ''
  const choices = `[{"index":${choice},"delta":${delta},"logprobs":null,"finish_reason":${finish}}]`
  return framed(`${pieces.start}${choices}${stamp}${pieces.end}`)
}

function framed(text: string): string {
  return text && `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
