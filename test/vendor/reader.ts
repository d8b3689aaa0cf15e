/** A vendor whose model reads: what it says hangs on what it was told, as with tags that are others in each request. */
export interface ReadingVendor {
  url: string
  /** The bodies that came, parsed. */
  asked: Asked[]
  stop(): Promise<void>
}

export interface Asked {
  messages: { role: string; content: string }[]
  stream?: boolean
  [member: string]: unknown
}

/** What is said, in the pieces in which it is streamed, and why it ends. */
export interface Said {
  pieces: readonly string[]
  finish?: string
  /** Tokens in and out. */
  usage?: [input: number, output: number]
}

/** A conforming vendor on a loopback port that answers with what `say` makes of a request; unless it is said otherwise 100 tokens in, 10 out. */
export function startReadingVendor(say: (asked: Asked, count: number) => Said): ReadingVendor {
  const asked: Asked[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const body = (await request.json()) as Asked
      asked.push(body)
      const said = say(body, asked.length)
      return body.stream ? streamOf(said) : Response.json(wholeOf(said))
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, asked, stop: () => server.stop(true) }
}

/** The tags that a request tells of, for what its model is to write between them. */
export function tagsIn({ messages }: Asked): { open: string; close: string } {
  const open = messages.map(({ content }) => /<tool_call:[0-9a-z]+>/.exec(content)?.[0]).find(tag => tag)
  if (!open) throw new Error('nothing was said of tools')
  return { open, close: open.replace('<', '</') }
}

const HEAD = { id: 'chatcmpl-1', created: 1_780_000_000, model: 'm-2026-01' }

function usageOf({ usage: [input, output] = [100, 10] }: Said) {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
}

function wholeOf(said: Said) {
  const { pieces, finish = 'stop' } = said
  const message = { role: 'assistant', content: pieces.join('') }
  return {
    ...HEAD,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: usageOf(said),
  }
}

function streamOf(said: Said): Response {
  const { pieces, finish = 'stop' } = said
  const chunk = (delta: object, reason: string | null) =>
    JSON.stringify({
      ...HEAD,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
    })
  const events = [
    ...pieces.map(content => chunk({ content }, null)),
    chunk({}, finish),
    JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: usageOf(said) }),
    '[DONE]',
  ]
  const bytes = events.map(event => `data: ${event}\n\n`).join('')
  return new Response(bytes, { headers: { 'content-type': 'text/event-stream' } })
}
