import { Command } from 'commander'
import { createApi, failure, send } from './api'
import { callerKey, gatewayUrl, wantsJson } from './connection'
import { CliError, type Console, printable } from './console'
import { readEvents } from './events'

interface ChatOptions {
  model?: string
  key?: string
}

interface Chunk {
  model?: string
  choices?: { delta?: { content?: string | null; reasoning_content?: string | null } }[]
  usage?: { prompt_tokens: number; completion_tokens: number; cost_usd?: number } | null
  error?: { message?: string; code?: string | null }
}

/** `cm chat "hello"`: prints the answer as it comes, then what it cost; as JSON once it is whole. */
export function chatCommand(console: Console): Command {
  return new Command('chat')
    .description('ask a model and print its answer as it comes')
    .argument('<message...>', 'what to say')
    .option('--model <model>', 'which model (the demo model where it is there)')
    .option('--key <key>', 'a caller’s key (CALLMISSED_KEY, or that of the first start)')
    .action(async (words: string[], options: ChatOptions, command: Command) => {
      const url = gatewayUrl(command, console)
      const key = callerKey(options.key, console)
      if (!key) throw new CliError('No key: give --key or set CALLMISSED_KEY; cm keys create makes one')
      const model = options.model ?? (await defaultModel(url, key))
      const response = await send(`${url}/v1/chat/completions`, request(key, model, words.join(' ')))
      if (!response.ok || !response.body) throw failure(response, await response.text())
      if (wantsJson(command)) await printWhole(response.body, console)
      else await printAnswer(response.body, console)
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
  const { data } = await createApi(url, key).get<{ data: { id: string }[] }>('/v1/models')
  const ids = data.map(model => model.id)
  if (ids.includes('demo')) return 'demo'
  throw new CliError(
    `Which model? Give --model, for example ${ids.slice(0, 5).join(', ') || 'one that cm models lists'}`,
  )
}

async function printAnswer(body: ReadableStream<Uint8Array>, console: Console): Promise<void> {
  let last: Chunk = {}
  for await (const chunk of chunksOf(body)) {
    console.write(printable(contentOf(chunk)))
    last = chunk
  }
  console.write('\n')
  remarkUsage(last, console)
}

async function printWhole(body: ReadableStream<Uint8Array>, console: Console): Promise<void> {
  let content = ''
  let last: Chunk = {}
  for await (const chunk of chunksOf(body)) {
    content += contentOf(chunk)
    last = chunk
  }
  const { model, usage } = last
  console.write(`${JSON.stringify({ model, content, usage }, null, 2)}\n`)
}

const contentOf = ({ choices }: Chunk) => choices?.[0]?.delta?.content ?? ''

/** A stream that ends without [DONE] was cut, and is a failure whatever it brought. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncIterable<Chunk> {
  for await (const data of readEvents(body)) {
    if (data === '[DONE]') return
    const chunk = JSON.parse(data) as Chunk
    if (chunk.error) throw new CliError(printable(`${chunk.error.message} (${chunk.error.code})`))
    yield chunk
  }
  throw new CliError('The answer was cut off')
}

function remarkUsage({ model, usage }: Chunk, console: Console): void {
  if (!usage) return
  const tokens = `${usage.prompt_tokens} tokens in, ${usage.completion_tokens} out`
  const cost =
    usage.cost_usd === undefined
      ? ''
      : `, $${new Intl.NumberFormat('en', { maximumFractionDigits: 12 }).format(usage.cost_usd)}`
  console.remark(`${printable(model ?? '')}: ${tokens}${cost}\n`)
}
