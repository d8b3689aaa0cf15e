import type { Round } from '../vendors/translation'
import type { ChatChunk } from '../wire/chat-chunk'
import type { ChatEvent } from '../wire/chat-event'
import type { Usage } from '../wire/usage'

export type Unmet = Extract<ChatEvent, { kind: 'unmet' }>

/** Takes what is for the caller. */
export interface Outlet {
  /** Whole events. */
  emit(events: Uint8Array): void
}

/** Reads a vendor's stream while it passes, in whatever dialect it comes, and hands the caller's bytes on. */
export interface StreamMeter {
  readonly usage: Usage | undefined
  /** Without `usage`: figures of a part of the answer, whose rest is counted. */
  readonly known?: Usage | undefined
  /** How many prompts are not in `known`. */
  readonly unknownPrompts?: number
  /** What those figures were read from; without them, what the vendor said that could not be. */
  readonly rawUsage: unknown
  /** The figures are the vendor's last word, not a count on the way. */
  readonly isUsageFinal: boolean
  /** The vendor's own usage event, withheld; undefined where it has to be made. */
  readonly usageEvent: Uint8Array | undefined
  readonly model: string | undefined
  readonly finishReason: string | null
  /** The vendor said that nothing follows. */
  readonly done: boolean
  /** All was said that an answer needs, so that its end is no break. */
  readonly isComplete: boolean
  /** A vendor's error event. Nothing after it counts. */
  readonly error: unknown
  /** The status of an error that was no event but a refusal. */
  readonly errorStatus?: number | undefined
  /** The answer is there, is billed and cannot be used: what to ask instead, where nothing of it was told. */
  readonly again?: Round | undefined
  /** The same where it is not asked for again. */
  readonly unmet?: Unmet | undefined
  /** An event was too large, or cannot be one. */
  readonly broken: boolean
  readonly hasContent: boolean
  /** Nothing that follows can change what is known. */
  readonly ended: boolean
  readonly bytes: number
  /** Size of the first event with content: what a token takes on the wire. */
  readonly contentEventBytes: number
  /** A usage chunk can be made in its likeness. */
  readonly lastChunk: ChatChunk | undefined
  push(bytes: Uint8Array): void
  /** The vendor closed the connection. */
  end(): void
  /** What the caller was told, should it have to be counted. */
  texts(): string[]
}
