import type { Chat } from './chat'
import { type Directives, MAX_OUTPUT_TOKENS } from './directives'
import { type Random, seededRandom } from './random'
import { SAMPLE_BUDGET, sampleOf } from './schema-sample'
import { inventText, inventTokens } from './text'
import { countTokens, tokenize } from './tokens'
import { chooseCalls, type ToolCall } from './tool-calls'

/** One of the `n` answers, made before it is sent: what there is to say, and why it ends. */
export interface Choice {
  index: number
  /** Null where the answer is tool calls alone. */
  tokens: string[] | null
  calls: ToolCall[]
  finish: 'stop' | 'length' | 'tool_calls' | 'function_call'
  /** Its one call is told as the deprecated `function_call`. */
  usesFunctions: boolean
  reasoningTokens: number
  /** For what is decided while sending. */
  random: Random
}

/** The same seed and request make the same choice. */
export function makeChoice(
  chat: Chat,
  prompt: string,
  directives: Directives,
  index: number,
  random: Random,
): Choice {
  const own = chat.seed === undefined ? random : seededRandom(`${chat.seed} ${index} ${prompt}`)
  const calls = chooseCalls(chat, own)
  const tokens = calls.length > 0 ? null : makeTokens(chat, directives, own)
  const stopped = tokens && cutAtStop(tokens, chat.stop)
  const called = chat.usesFunctions ? 'function_call' : 'tool_calls'
  const choice = {
    index,
    tokens: stopped,
    calls,
    finish: calls.length > 0 ? called : 'stop',
    usesFunctions: chat.usesFunctions,
    reasoningTokens: chat.reasoningTokens,
    random: own,
  } as const
  return chat.maxTokens === undefined ? choice : cutAtLimit(choice, chat.maxTokens)
}

/** All that is billed as output, reasoning included. */
export function countOutput(choice: Choice): number {
  const calls = choice.calls.reduce((sum, call) => sum + countTokens(call.name) + call.tokens.length, 0)
  return choice.reasoningTokens + (choice.tokens?.length ?? 0) + calls
}

function makeTokens(chat: Chat, directives: Directives, random: Random): string[] {
  const { format } = chat
  if (format.type === 'json_schema')
    return tokenize(JSON.stringify(sampleOf(format.schema, random, SAMPLE_BUDGET / chat.n)))
  if (format.type === 'json_object')
    return tokenize(JSON.stringify({ vendor: 'demo', invented: true, text: inventText(chat, random) }))
  const most = Math.floor(MAX_OUTPUT_TOKENS / chat.n)
  if (directives.tokens !== undefined) return inventTokens(chat, random, Math.min(directives.tokens, most))
  return tokenize(inventText(chat, random))
}

function cutAtStop(tokens: string[], stops: string[]): string[] {
  const text = tokens.join('')
  const found = stops.map(stop => text.indexOf(stop)).filter(at => at >= 0)
  return found.length === 0 ? tokens : tokenize(text.slice(0, Math.min(...found)))
}

/** Reasoning is spent first; then text, or the calls one after the other, the last one cut short. */
function cutAtLimit(choice: Choice, limit: number): Choice {
  if (countOutput(choice) <= limit) return choice
  const reasoningTokens = Math.min(choice.reasoningTokens, limit)
  let left = limit - reasoningTokens
  const tokens = choice.tokens?.slice(0, left) ?? null
  const calls = choice.calls.flatMap(call => {
    left -= countTokens(call.name)
    if (left < 0) return []
    const kept = call.tokens.slice(0, left)
    left -= kept.length
    return [{ ...call, tokens: kept }]
  })
  return {
    ...choice,
    reasoningTokens,
    tokens: tokens ?? (calls.length > 0 ? null : []),
    calls,
    finish: 'length',
  }
}
