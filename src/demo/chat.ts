/** A chat request after its validation: only what the demo vendor acts on. */
export interface Chat {
  /** The point version that the answer names. */
  model: string
  messages: Message[]
  stream: boolean
  includeUsage: boolean
  n: number
  stop: string[]
  /** Reasoning included. */
  maxTokens: number | undefined
  /** How many alternatives a token gets; undefined: no logprobs at all. */
  topLogprobs: number | undefined
  seed: number | undefined
  tools: Tool[]
  toolChoice: ToolChoice
  parallelToolCalls: boolean
  /** The tools came as the deprecated `functions`: the answer calls one of them by `function_call`. */
  usesFunctions: boolean
  format: Format
  /** Tokens thought in silence before the answer. */
  reasoningTokens: number
}

export interface Message {
  role: string
  /** All text of the message, its parts joined. */
  text: string
  /** The JSON of the calls that an assistant's message made, or the empty text. */
  toolCalls: string
  images: number
}

export interface Tool {
  type: 'function' | 'custom'
  name: string
  parameters: unknown
}

/** `names`: the tools that a choice allows; undefined: all of them. */
export interface ToolChoice {
  mode: 'none' | 'auto' | 'required'
  names: string[] | undefined
}

export type Format = { type: 'text' | 'json_object' } | { type: 'json_schema'; schema: unknown }

/** The last message of that role, or the empty text. */
export function lastText(chat: Chat, role: string): string {
  return chat.messages.findLast(message => message.role === role)?.text ?? ''
}
