import type { Bill, Step } from './step'

export interface ChatOptions {
  /** The model that the answer names. */
  model?: string
  id?: string
  created?: number
  stream?: boolean
  /** One chunk each, or this many words of the script's own. Default: five. */
  tokens?: number | string[]
  /** Whole tool calls: their argument pieces are one chunk each. */
  tools?: { id: string; name: string; arguments: string[] }[]
  finish?: string
  /** Null: the vendor tells no usage (and bills what it sent). Default: 12 in, one a token out. */
  usage?: Partial<Bill> | null
  paceMs?: number
  /** Silence before the head. */
  firstMs?: number
  /** Instead of the end, once so many content chunks were sent. */
  cut?: { after: number; how: 'reset' | 'close' | 'stall' | Step }
  headers?: Record<string, string>
  status?: number
}

const INPUT_TOKENS = 12

/** The steps of a conforming answer, for a test to send as they are or to change. */
export function chat(options: ChatOptions = {}): Step[] {
  const { stream = true, firstMs } = options
  const steps = stream ? streamSteps(options) : unarySteps(options)
  return firstMs ? [{ wait: firstMs }, ...steps] : steps
}

/** The text that `chat` sends. */
export function textOf(options: ChatOptions = {}): string {
  return wordsOf(options).join('')
}

function wordsOf({ tokens = 5, tools }: ChatOptions): string[] {
  if (Array.isArray(tokens)) return tokens
  return tools ? [] : Array.from({ length: tokens }, (_, index) => `word${index} `)
}

function billOf(options: ChatOptions): Bill {
  const spoken = wordsOf(options).length + (options.tools ?? []).flatMap(call => call.arguments).length
  const bill = { inputTokens: INPUT_TOKENS, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: spoken }
  return { ...bill, reasoningTokens: 0, ...options.usage }
}

/** OpenAI's `usage` object of a bill. */
export function usageOf(bill: Bill) {
  return {
    prompt_tokens: bill.inputTokens,
    completion_tokens: bill.outputTokens,
    total_tokens: bill.inputTokens + bill.outputTokens,
    prompt_tokens_details: { cached_tokens: bill.cachedInputTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: bill.reasoningTokens, audio_tokens: 0 },
  }
}

function identity({
  id = 'chatcmpl-scripted',
  created = 1_780_000_000,
  model = 'scripted-2026-01',
}: ChatOptions) {
  return { id, created, model }
}

function finishOf(options: ChatOptions): string {
  return options.finish ?? (options.tools ? 'tool_calls' : 'stop')
}

function unarySteps(options: ChatOptions): Step[] {
  const { id, created, model } = identity(options)
  const calls = options.tools?.map(call => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments.join('') },
  }))
  const message = {
    role: 'assistant',
    content: textOf(options) || null,
    refusal: null,
    annotations: [],
    ...(calls && { tool_calls: calls }),
  }
  const bill = billOf(options)
  const body = {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(options) }],
    ...(options.usage !== null && { usage: usageOf(bill) }),
  }
  const headers = { 'content-type': 'application/json', ...options.headers }
  return [
    { status: options.status ?? 200, headers, framing: 'length' },
    { text: JSON.stringify(body), tokens: wordsOf(options).length, bill },
  ]
}

function streamSteps(options: ChatOptions): Step[] {
  const { id, created, model } = identity(options)
  const asked = options.usage !== null
  const chunk = (rest: object) =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, ...rest })}`
  const delta = (value: object, finish: string | null = null): Step => ({
    chunk: chunk({
      choices: [{ index: 0, delta: value, logprobs: null, finish_reason: finish }],
      ...(asked && { usage: null }),
    }),
  })
  const bill = billOf(options)
  const content = [...wordSteps(options, delta), ...toolSteps(options, delta)]
  const paced = content.flatMap(step => (options.paceMs ? [{ wait: options.paceMs }, step] : [step]))
  const usage: Step[] = asked ? [{ chunk: chunk({ choices: [], usage: usageOf(bill) }), bill }] : []
  return [
    {
      status: options.status ?? 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', ...options.headers },
    },
    {
      ...delta({ role: 'assistant', content: options.tools ? null : '', refusal: null }),
      bill: { inputTokens: bill.inputTokens },
    } as Step,
    ...cutSteps(paced, options.cut),
    delta({}, finishOf(options)),
    ...usage,
    { chunk: 'data: [DONE]' },
  ]
}

type Delta = (value: object) => Step

function wordSteps(options: ChatOptions, delta: Delta): Step[] {
  return wordsOf(options).map(word => ({ ...delta({ content: word }), tokens: 1 }) as Step)
}

function toolSteps({ tools = [] }: ChatOptions, delta: Delta): Step[] {
  return tools.flatMap(({ id, name, arguments: pieces }, index) => [
    delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...pieces.map(piece => {
      const step = delta({ tool_calls: [{ index, function: { arguments: piece } }] })
      return { ...step, tokens: 1 } as Step
    }),
  ])
}

function cutSteps(steps: Step[], cut: ChatOptions['cut']): Step[] {
  if (!cut) return steps
  let seen = 0
  const kept = steps.filter(step => {
    if ('chunk' in step) seen += 1
    return seen <= cut.after
  })
  // A reset discards what the peer has not read yet: give it time to.
  if (cut.how === 'reset') return [...kept, { wait: 30 }, { reset: true }]
  if (cut.how === 'close') return [...kept, { close: true }]
  return [...kept, cut.how === 'stall' ? { stall: true } : cut.how]
}
