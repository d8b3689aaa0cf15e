import { isObject } from '../lib/object'
import { type Chat, lastText, type Tool } from './chat'
import type { Random } from './random'
import { SAMPLE_BUDGET, sampleOf } from './schema-sample'
import { tokenize } from './tokens'

export interface ToolCall {
  id: string
  type: Tool['type']
  name: string
  /** The arguments' JSON (a custom tool's input) in tokens. */
  tokens: string[]
}

const MAX_CALLS = 16

/** Asks for several calls of one tool; two tools that are named are two calls anyway. */
const SEVERAL = /\b(parallel|both|two|twice)\b/i

const RESULTS = new Set<string | undefined>(['tool', 'function'])

/**
 * The calls that the answer makes: none where the choice forbids it; those of the tools that the last user message names;
 * else, where a call is required, the first tool's. After a tool's result the answer is text, unless a call is required.
 */
export function chooseCalls(chat: Chat, random: Random): ToolCall[] {
  const { mode, names } = chat.toolChoice
  if (mode === 'none') return []
  const allowed = chat.tools.filter(tool => names?.includes(tool.name) ?? true)
  if (mode === 'auto' && RESULTS.has(chat.messages.at(-1)?.role)) return []
  const question = lastText(chat, 'user')
  const mentioned = allowed.filter(tool => mentions(question, tool.name))
  const chosen = mentioned.length > 0 || mode === 'auto' ? mentioned : allowed.slice(0, 1)
  const called = chosen.length === 1 && SEVERAL.test(question) ? [...chosen, ...chosen] : chosen
  const made = called.slice(0, chat.parallelToolCalls ? MAX_CALLS : 1)
  return made.map(tool => callOf(tool, random, SAMPLE_BUDGET / (chat.n * made.length)))
}

/** A tool's name holds letters, digits, `_` and `-` alone: nothing that a pattern would take for itself. */
function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![A-Za-z0-9_-])${name}(?![A-Za-z0-9_-])`, 'i').test(text)
}

function callOf(tool: Tool, random: Random, budget: number): ToolCall {
  const id = `call_${newSuffix(random)}`
  const input = tool.type === 'custom' ? 'demo input' : JSON.stringify(sampleArguments(tool, random, budget))
  return { id, type: tool.type, name: tool.name, tokens: tokenize(input) }
}

/** Arguments are an object, whatever a careless schema says. */
function sampleArguments(tool: Tool, random: Random, budget: number): unknown {
  const value = sampleOf(tool.parameters ?? { type: 'object' }, random, budget)
  return isObject(value) ? value : {}
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** 24 letters and digits, as OpenAI's ids end. */
export function newSuffix(random: Random): string {
  return Array.from({ length: 24 }, () => ALPHABET.charAt(Math.floor(random() * ALPHABET.length))).join('')
}
