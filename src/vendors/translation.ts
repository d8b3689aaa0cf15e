import type { ChatBody } from '../wire/chat-body'
import type { ChatEvent } from '../wire/chat-event'
import type { UpstreamRequest } from './adapter'
import type { Vendor } from './vendor'

/** Where a translated request goes, and what its model can do there. */
export interface TranslationTarget {
  vendor: Vendor
  /** The vendor's own id of the model. */
  model: string
  /** In tokens; null where nobody tells. */
  maxOutputTokens: number | null
  /** The catalog's names: `tools`, `vision`, `json_schema`, … */
  capabilities: ReadonlySet<string>
  ceiling: Ceiling
}

/** The rates, in pico-dollars, above which a request costs more than its price says: those of a prompt of no length. */
export interface Ceiling {
  /** For a million tokens of the prompt. */
  inputPicoUsd: bigint
  /** For a million tokens of the answer. */
  outputPicoUsd: bigint
  /** Undefined: the price has no such rate, and pays for nothing that a vendor bills by the call. */
  requestPicoUsd: bigint | undefined
}

/** A translated request. `dropped` names the caller's parameters that are harmless and mean nothing there. */
export interface TranslatedRequest extends UpstreamRequest {
  dropped: string[]
}

/** One event of a vendor's stream as its framing gives it: SSE's `event:` line (null without one) and joined `data:`. */
export interface VendorEvent {
  name: string | null
  data: string
}

/** Cuts a vendor's bytes into its events, wherever they were cut on the way. */
export interface Frames {
  /** Returns false once an unfinished event is too large to be one. */
  push(bytes: Uint8Array): boolean
  /** The vendor closed: an event that was begun counts if it is whole. */
  end(): void
}

/** Reads one stream, event by event. Holds the state of that stream alone. Never throws: what it cannot read is an `error`. */
export interface StreamTranslator {
  push(event: VendorEvent): ChatEvent[]
  /** The vendor closed. What was held back, and `done` if all that this dialect needs for an end was said. */
  end(): ChatEvent[]
  /** Set with the answer's end, where it cannot be used and nothing of it was told: what to ask instead, once. */
  readonly again?: Round | undefined
  /** What was said and not told, should it have to be counted; absent: nothing is kept. */
  readonly held?: string
}

/** Another question in place of one whose answer cannot be used, and how its answer is read. */
export interface Round {
  request: TranslatedRequest
  translation: Translation
  /** What was said, and why it cannot be used. */
  said: string
  code: 'tool_call_not_produced' | 'schema_not_followed'
  problems: readonly string[]
}

/**
 * What an adapter brings whose vendor does not speak OpenAI's dialect to the letter. Pure: all of it can be tested
 * with fixtures. A parameter that cannot be mapped is emulated, refused by name or listed in `dropped`: never lost in silence.
 */
export interface Translation {
  /** Throws GatewayError `unsupported_parameter` (400) naming the field for what this vendor cannot do. */
  request(chat: ChatBody, target: TranslationTarget): TranslatedRequest
  /** Whether `n` is sent to the vendor; without it the core asks n times and joins the answers. */
  readonly takesN?: boolean
  /** Whether the vendor reads an image at this address by itself; absent where it reads all. The others come as data. */
  readsImageAt?(url: string): boolean
  stream(): StreamTranslator
  /**
   * The request without what the vendor refused it for, where it can do without: it is then asked again. Undefined
   * where nothing can be left out.
   */
  relax?(request: UpstreamRequest, refusal: string): TranslatedRequest | undefined
  /** The framing of its streams, where that is not server-sent events. */
  frames?(event: (event: VendorEvent) => void): Frames
  /** A whole answer's parsed body, as the same events. */
  answer(body: unknown): ChatEvent[]
  /** What to ask instead of this whole answer, where it cannot be used. */
  again?(body: unknown): Round | undefined
  /** The answer's length that a vendor is told does not include what its model thinks. */
  readonly thinksApart?: boolean
  /** What none of the vendor's models can do, whatever is said of them. */
  readonly lacks?: readonly ('tools' | 'json_schema')[]
  /** A model without schemas of its own is held to one by this dialect's means. */
  readonly holdsToSchemas?: boolean
}
