import { type Chat, lastText, type Tool } from './chat'
import type { Random } from './random'
import { sampleOf } from './schema-sample'
import { tokenize } from './tokens'

export interface ToolCall {
  id: string
  type: Tool['type']
  name: string
  /** The arguments' JSON (a custom tool's input) in tokens. */
  tokens: string[]
}

/** Asks for several calls of one tool; two tools that are named are two calls anyway. */
const SEVERAL = /\b(parallel|both|two|twice)\b/i

/**
 * The calls that the answer makes: none where the choice forbids it; those of the tools that the last user message names;
 * else, where a call is required, the first tool's. After a tool's result the answer is text, unless a call is required.
 */
export function chooseCalls(chat: Chat, random: Random): ToolCall[] {
  const { mode, names } = chat.toolChoice
  if (mode === 'none') return []
  const allowed = chat.tools.filter(tool => names?.includes(tool.name) ?? true)
  if (mode === 'auto' && chat.messages.at(-1)?.role === 'tool') return []
  const question = lastText(chat, 'user')
  const mentioned = allowed.filter(tool => mentions(question, tool.name))
  const chosen = mentioned.length > 0 || mode === 'auto' ? mentioned : allowed.slice(0, 1)
  const called = chosen.length === 1 && SEVERAL.test(question) ? [...chosen, ...chosen] : chosen
  return called.slice(0, chat.parallelToolCalls ? called.length : 1).map(tool => callOf(tool, random))
}

function mentions(text: string, name: string): boolean {
  const at = text.toLowerCase().indexOf(name.toLowerCase())
  if (at < 0) return false
  const isWordCharacter = (character: string) => /[A-Za-z0-9_-]/.test(character)
  return !isWordCharacter(text.charAt(at - 1)) && !isWordCharacter(text.charAt(at + name.length))
}

function callOf(tool: Tool, random: Random): ToolCall {
  const id = `call_${newSuffix(random)}`
  const input = tool.type === 'custom' ? 'demo input' : JSON.stringify(sampleArguments(tool, random))
  return { id, type: tool.type, name: tool.name, tokens: tokenize(input) }
}

/** Arguments are an object, whatever a careless schema says. */
function sampleArguments(tool: Tool, random: Random): unknown {
  const value = sampleOf(tool.parameters ?? { type: 'object' }, random)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** 24 letters and digits, as OpenAI's ids end. */
export function newSuffix(random: Random): string {
  return Array.from({ length: 24 }, () => ALPHABET.charAt(Math.floor(random() * ALPHABET.length))).join('')
}
