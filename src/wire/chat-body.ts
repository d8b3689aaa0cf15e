/**
 * OpenAI's chat request as a translating adapter reads it: parsed and checked, so that each field is of its type or
 * absent. What is not named here stands in `rest`, for the adapter to refuse, to drop by name or to pass on.
 */
export interface ChatBody {
  model: string
  messages: Message[]
  stream: boolean
  maxTokens?: number
  temperature?: number
  topP?: number
  n?: number
  stop?: string[]
  seed?: number
  presencePenalty?: number
  frequencyPenalty?: number
  logprobs?: boolean
  topLogprobs?: number
  reasoningEffort?: string
  tools?: Tool[]
  toolChoice?: ToolChoice
  parallelToolCalls?: boolean
  /** The tools came as the deprecated `functions`: the answer calls them by `function_call`. */
  usesFunctions?: boolean
  responseFormat?: ResponseFormat
  /** The caller's `safety_identifier`, else its `user`. */
  user?: string
  serviceTier?: string
  /** Every other top-level member, unread. */
  rest: Record<string, unknown>
}

export type Message =
  | { role: 'system' | 'developer'; content: Part[]; name?: string }
  | { role: 'user'; content: Part[]; name?: string }
  | AssistantMessage
  | { role: 'tool'; toolCallId: string; content: Part[] }

export interface AssistantMessage {
  role: 'assistant'
  content: Part[]
  refusal?: string
  name?: string
  toolCalls: ToolCall[]
  /** What an earlier answer of ours carried, handed back: `reasoning_content` and `reasoning_details`. */
  reasoning?: string
  reasoningDetails?: { type: string; [member: string]: unknown }[]
}

/** `cache` is the caller's mark that the prompt up to here is worth keeping. */
export type Part = (
  | { type: 'text'; text: string }
  | { type: 'image'; url: string; detail?: string }
  | { type: 'audio'; data: string; format: string }
  | { type: 'file'; data?: string; id?: string; name?: string }
) & { cache?: CacheMark }

export interface CacheMark {
  ttl?: string
}

/** `arguments` is the JSON text as it was written; `signature` opaque state that the vendor gave with the call. */
export interface ToolCall {
  id: string
  name: string
  arguments: string
  isCustom: boolean
  signature?: string
}

/** A custom tool takes any text; `format` is its grammar, if it has one. */
export interface Tool {
  name: string
  description?: string
  parameters?: Record<string, unknown>
  strict?: boolean
  isCustom: boolean
  format?: unknown
  cache?: CacheMark
}

export type ToolChoice =
  | { mode: 'none' | 'auto' | 'required' }
  | { mode: 'named'; name: string }
  | { mode: 'allowed'; of: 'auto' | 'required'; names: string[] }

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema'
      name: string
      description?: string
      schema: Record<string, unknown>
      strict?: boolean
    }
