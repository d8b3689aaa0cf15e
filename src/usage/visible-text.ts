import { isObject } from '../lib/object'
import { eventData, firstEventEnd } from '../wire/sse'

/** Above this much text a stream is not followed any further: no vendor's answer is so long. */
const MOST_CHARACTERS = 4 * 1024 * 1024
/** Events are read so many bytes at a time: a short answer's never, unless it is cut. */
const FOLD_BYTES = 32 * 1024

/** What one event adds to which text. */
export type Pieces = (event: Record<string, unknown>) => readonly [slot: string, piece: string][]

/**
 * The text that a caller has been sent, for the case that it must be counted. Events are kept as they are, in the
 * arrays in which they passed, and read only when there are many of them: what stays is the text alone.
 */
export class VisibleText {
  private readonly texts = new Map<string, string>()
  private events: Uint8Array[] = []
  private bytes = 0
  private characters = 0
  private readonly pieces: Pieces

  /** `pieces` finds the text in one event's data. */
  constructor(pieces: Pieces = piecesOfChunk) {
    this.pieces = pieces
  }

  /** Whole events. */
  add(events: Uint8Array): void {
    if (this.characters >= MOST_CHARACTERS) return
    this.events.push(events)
    this.bytes += events.length
    if (this.bytes >= FOLD_BYTES) this.fold()
  }

  /** One text a choice, kind and tool call, each whole: a token may reach over two deltas. */
  read(): string[] {
    this.fold()
    return [...this.texts.values()]
  }

  private fold(): void {
    for (const events of this.events.splice(0))
      for (const chunk of chunksOf(events))
        for (const [slot, piece] of this.pieces(chunk)) this.append(slot, piece)
    this.bytes = 0
  }

  private append(slot: string, piece: string): void {
    this.texts.set(slot, (this.texts.get(slot) ?? '') + piece)
    this.characters += piece.length
  }
}

function piecesOfChunk(chunk: Record<string, unknown>): [slot: string, piece: string][] {
  return asList(chunk.choices).flatMap(piecesOf)
}

/** What one choice of a chunk adds to which text. */
function piecesOf(choice: unknown): [slot: string, piece: string][] {
  if (!isObject(choice)) return []
  const { index, delta } = choice
  if (!isObject(delta)) return choice.text ? [[`${index} text`, text(choice.text)]] : []
  const told: [string, string][] = [
    // Some vendors say their reasoning under both names.
    [`${index} reasoning`, text(delta.reasoning_content) || text(delta.reasoning)],
    [`${index} content`, text(delta.content)],
    [`${index} refusal`, text(delta.refusal)],
  ]
  const called = asList(delta.tool_calls).flatMap((call): [string, string][] => {
    if (!isObject(call) || !isObject(call.function)) return []
    return [
      [`${index} name ${call.index}`, text(call.function.name)],
      [`${index} arguments ${call.index}`, text(call.function.arguments)],
    ]
  })
  return [...told, ...called].filter(([, piece]) => piece !== '')
}

function* chunksOf(events: Uint8Array): Generator<Record<string, unknown>> {
  for (let at = 0; at < events.length; ) {
    const end = firstEventEnd(events, at)
    const chunk = parse(eventData(events.subarray(at, end === -1 ? events.length : end)))
    if (chunk) yield chunk
    at = end === -1 ? events.length : end
  }
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
