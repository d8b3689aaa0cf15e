import type { Usage } from './usage'

/** Marks what is Claude's own among a history's reasoning, which may come of several vendors. */
export const CLAUDE_FORMAT = 'anthropic-claude-v1'

/** Why an answer ended, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/**
 * What a vendor's answer says, one step at a time, whatever its dialect: a translating adapter makes these of the
 * vendor's stream or body, and one serializer a caller's dialect makes bytes of them. `choice` counts answers from 0,
 * `slot` the tool calls of one answer from 0, in order of their first appearance: the vendor's own numbers are not kept.
 */
export type ChatEvent =
  /** First, once: what the vendor calls this answer. `createdAt` in seconds since 1970. Null where it does not say. */
  | { kind: 'start'; id: string | null; model: string | null; createdAt: number | null }
  | { kind: 'text'; choice: number; text: string }
  /** Thought that may be shown. */
  | { kind: 'reasoning'; choice: number; text: string }
  /** Opaque state of a thought (a signature, a sealed block) that the vendor wants back with the history. */
  | { kind: 'reasoning_detail'; choice: number; detail: ReasoningDetail }
  | { kind: 'refusal'; choice: number; text: string }
  /**
   * A tool call begins. A null id is made up by the serializer. `signature`: opaque state that belongs to this call.
   * `isCustom`: the vendor knows tools that take any text, and this is a call of one.
   */
  | {
      kind: 'tool_start'
      choice: number
      slot: number
      id: string | null
      name: string
      signature?: string
      isCustom?: boolean
    }
  /** A piece of a call's arguments: the pieces of a slot join to one JSON object, or to a custom tool's text. */
  | { kind: 'tool_arguments'; choice: number; slot: number; text: string }
  | { kind: 'citation'; choice: number; annotation: Record<string, unknown> }
  /** Members of a choice or delta that OpenAI's dialect has and only it (logprobs, audio): taken over as they are. */
  | { kind: 'extra'; choice: number; member: 'logprobs' | 'audio' | 'images'; value: unknown }
  /**
   * Figures so far; the last one with `isFinal` is the bill. `raw` is the vendor's own object. Where they tell the prompt
   * alone (`outputTokens` 0) and nothing follows them, the answer is counted here.
   */
  | { kind: 'usage'; usage: Usage; raw: unknown; isFinal: boolean }
  /** An answer's end; `native` is the vendor's own word for it. */
  | { kind: 'finish'; choice: number; reason: FinishReason; native: string | null }
  /** The answer is there and is not what was asked for: it is billed, and the caller gets this for an error. */
  | {
      kind: 'unmet'
      code: 'tool_call_not_produced' | 'schema_not_followed'
      problems: readonly string[]
      /** All that was said. */
      said: string
    }
  /** The vendor says, in the midst of its stream, that it failed: its body, for the adapter's `error` to read. */
  | { kind: 'error'; body: unknown }
  /** The stream's last word: what comes after it is not read. Without one the vendor broke off. */
  | { kind: 'done' }

/** One entry of `reasoning_details`, as callers get it and hand it back. */
export type ReasoningDetail = { type: string } & Record<string, unknown>
