import type { ChatEvent, FinishReason } from './chat-event'
import type { AnswerHead } from './chunk-writer'

/** Writes the events of a translated answer as a stream of some caller's dialect. */
export interface EventWriter {
  /** What the stream says of the answer. */
  readonly head: AnswerHead
  /** The event as whole events of the dialect; '' for one that callers do not see. */
  write(event: ChatEvent): string
  /** Why a choice ended, in OpenAI's words. */
  reasonOf(choice: number, reason: FinishReason): string
}
