import { Command } from 'commander'
import { createApi, failure, isOfType, send, stranger } from './api'
import { readText } from './body'
import { callerKey, gatewayUrl, wantsJson } from './connection'
import { CliError, type Console, jsonText, oneLine, printable } from './console'
import { readEvents } from './events'
import { hasShape, type Shape } from './shape'

interface ChatOptions {
  model?: string
  key?: string
}

interface Chunk {
  model?: string | null
  choices?: ({ delta?: { content?: unknown } | null } | null)[] | null
  usage?: { prompt_tokens: number; completion_tokens: number; cost_usd?: number } | null
  error?: { message?: unknown; code?: unknown } | null
}

const CHUNK: Shape<Chunk> = { model: 'string?', choices: 'list?', usage: 'object?', error: 'object?' }

/** `cm chat "hello"`: prints the answer as it comes, then what it cost; as JSON once it is whole. */
export function chatCommand(console: Console): Command {
  return new Command('chat')
    .description('ask a model and print its answer as it comes')
    .argument('<message...>', 'what to say')
    .option('--model <model>', 'which model (the demo model where it is there)')
    .option('--key <key>', 'a caller’s key (CALLMISSED_KEY, or that of the first start)')
    .action(async (words: string[], options: ChatOptions, command: Command) => {
      const url = gatewayUrl(command, console)
      const key = callerKey(options.key, command, console)
      const model = options.model ?? (await defaultModel(url, key))
      const response = await send(`${url}/v1/chat/completions`, request(key, model, words.join(' ')))
      if (!response.ok) throw failure(response, await readText(response))
      if (!response.body || !isOfType(response, 'text/event-stream')) throw stranger(response)
      const chunks = chunksOf(response.body, response.url)
      if (wantsJson(command)) await printWhole(chunks, console)
      else await printAnswer(chunks, console)
    })
}

function request(key: string, model: string, content: string): RequestInit {
  return {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content }],
      stream: true,
      stream_options: { include_usage: true },
    }),
  }
}

async function defaultModel(url: string, key: string): Promise<string> {
  const { data } = await createApi(url, key).page<{ id: string }>('/v1/models', { id: 'string' })
  const ids = data.map(model => model.id)
  if (ids.includes('demo')) return 'demo'
  throw new CliError(
    `Which model? Give --model, for example ${oneLine(ids.slice(0, 5).join(', ')) || 'one that cm models lists'}`,
  )
}

async function printAnswer(chunks: AsyncIterable<Chunk>, console: Console): Promise<void> {
  let last: Chunk = {}
  for await (const chunk of chunks) {
    console.write(printable(contentOf(chunk)))
    last = chunk
  }
  console.write('\n')
  remarkUsage(last, console)
}

async function printWhole(chunks: AsyncIterable<Chunk>, console: Console): Promise<void> {
  let content = ''
  let last: Chunk = {}
  for await (const chunk of chunks) {
    content += contentOf(chunk)
    last = chunk
  }
  const { model, usage } = last
  console.write(`${jsonText({ model, content, usage })}\n`)
}

function contentOf({ choices }: Chunk): string {
  const content = choices?.[0]?.delta?.content
  return typeof content === 'string' ? content : ''
}

/** A stream that ends without [DONE] was cut, and is a failure whatever it brought. */
async function* chunksOf(body: ReadableStream<Uint8Array>, url: string): AsyncIterable<Chunk> {
  for await (const data of readEvents(body)) {
    if (data === '[DONE]') return
    const chunk = readChunk(data, url)
    if (chunk.error) throw new CliError(oneLine(`${chunk.error.message} (${chunk.error.code})`))
    yield chunk
  }
  throw new CliError('The answer was cut off')
}

function readChunk(data: string, url: string): Chunk {
  try {
    const chunk: unknown = JSON.parse(data)
    if (hasShape(chunk, CHUNK)) return chunk
  } catch (error) {
    throw stranger({ url }, error)
  }
  throw stranger({ url })
}

function remarkUsage({ model, usage }: Chunk, console: Console): void {
  if (!usage) return
  const tokens = `${usage.prompt_tokens} tokens in, ${usage.completion_tokens} out`
  const cost =
    usage.cost_usd === undefined
      ? ''
      : `, $${new Intl.NumberFormat('en', { maximumFractionDigits: 12 }).format(usage.cost_usd)}`
  console.remark(`${oneLine(`${model ?? ''}: ${tokens}${cost}`)}\n`)
}
