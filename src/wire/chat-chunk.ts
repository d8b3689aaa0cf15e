import { isObject } from '../lib/object'

/** One event of a chat stream, only the fields we read. */
export interface ChatChunk {
  model?: unknown
  choices?: unknown
  usage?: unknown
  error?: unknown
  [field: string]: unknown
}

/** Text, reasoning, a tool call, a refusal, audio: anything but the role and empty strings. A completion's is its `text`. */
export function hasContent(chunk: ChatChunk): boolean {
  return choicesOf(chunk).some(({ delta, text }) =>
    isObject(delta) ? Object.entries(delta).some(isContent) : typeof text === 'string' && text !== '',
  )
}

/** The last finish reason that a choice of this chunk gives; null if none does. */
export function finishReasonOf(chunk: ChatChunk): string | null {
  const reasons = choicesOf(chunk).map(choice => choice.finish_reason)
  return reasons.findLast(isReason) ?? null
}

/** Some vendors say nothing with every chunk. */
function isReason(reason: unknown): reason is string {
  return typeof reason === 'string' && reason !== ''
}

/** The choices that end with this chunk, by their index as text. */
export function finishedIn(chunk: ChatChunk): string[] {
  const ended = choicesOf(chunk).filter(choice => isReason(choice.finish_reason))
  return ended.map(({ index = 0 }) => `${index}`)
}

/** The final usage chunk has exactly `choices: []`. */
export function hasChoices(chunk: ChatChunk): boolean {
  return choicesOf(chunk).length > 0
}

/** Where some vendors put their figures: beside the first choice's finish. Undefined where nothing stands there. */
export function usageOfChoice(chunk: ChatChunk): unknown {
  return choicesOf(chunk)[0]?.usage ?? undefined
}

function choicesOf(chunk: ChatChunk): Record<string, unknown>[] {
  if (!Array.isArray(chunk.choices)) return []
  return chunk.choices.every(isObject) ? chunk.choices : chunk.choices.filter(isObject)
}

function isContent([name, value]: [string, unknown]): boolean {
  if (name === 'role' || value === null || value === '') return false
  return !(Array.isArray(value) && value.length === 0)
}
