import type { Answer } from './answer'
import { type Delta, deltasOf } from './deltas'
import { askedRefusal } from './refusal'

/** Waits; rejects when the caller has left. */
export type Pause = (ms: number) => Promise<void>

const FAULT_AFTER_TOKENS = 3

/** The events of a stream, each when its time has come: `n` choices in turns, then usage, then `[DONE]`. */
export async function* streamEvents(answer: Answer, pause: Pause): AsyncGenerator<string> {
  const { chat, directives, choices, paceMs } = answer
  await pause(directives.slowMs)
  const thinkingMs = paceMs * Math.max(...choices.map(choice => choice.reasoningTokens))
  // Bun sends no head before the first byte: a comment lets the caller see that it is being served.
  if (thinkingMs > 0) yield ': thinking\n\n'
  await pause(thinkingMs)
  for (const { number, paced, chunks } of roundsOf(answer)) {
    if (paced) await pause(paceMs)
    yield* chunks
    if (number !== FAULT_AFTER_TOKENS) continue
    await pause(directives.pauseMs)
    if (directives.error === 'mid-stream') yield `data: ${askedRefusal('500').toJson()}\n\n`
    if (directives.error === 'mid-stream' || directives.truncate) return
  }
  if (chat.includeUsage) yield event(answer, { choices: [], usage: answer.usage })
  yield 'data: [DONE]\n\n'
}

interface Round {
  number: number
  chunks: string[]
  /** Whether it took the time of a token. */
  paced: boolean
}

/** The k-th chunks of all choices, for each k: they are produced at the same time. */
function* roundsOf(answer: Answer): Generator<Round> {
  const columns = answer.choices.map(choice => deltasOf(choice, answer.chat.topLogprobs))
  const length = Math.max(...columns.map(column => column.length))
  for (let number = 0; number < length; number++) {
    const row = columns.flatMap((column, index) => {
      const delta = column[number]
      return delta ? [{ index, delta }] : []
    })
    const chunks = row.map(({ index, delta }) => chunk(answer, index, delta))
    yield { number, chunks, paced: row.some(({ delta }) => delta.paced) }
  }
}

function chunk(answer: Answer, index: number, { delta, logprobs, finish_reason }: Delta): string {
  const choices = [{ index, delta, logprobs, finish_reason }]
  return event(answer, answer.chat.includeUsage ? { choices, usage: null } : { choices })
}

function event({ head }: Answer, rest: object): string {
  const { id, created, model } = head
  const common = { id, object: 'chat.completion.chunk', created, model }
  return `data: ${JSON.stringify({ ...common, service_tier: 'default', system_fingerprint: null, ...rest })}\n\n`
}
