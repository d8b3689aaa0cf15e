import type { ChatEvent } from '../wire/chat-event'

/** Above this much text a stream is not followed any further: no vendor's answer is so long. */
const MOST_CHARACTERS = 4 * 1024 * 1024

/** The text of a translated answer, for the case that it must be counted. */
export class TextTally {
  private readonly texts = new Map<string, string>()
  private characters = 0

  add(event: ChatEvent): void {
    if (this.characters >= MOST_CHARACTERS) return
    const { kind } = event
    if (kind === 'text' || kind === 'reasoning' || kind === 'refusal')
      this.append(`${event.choice} ${kind}`, event.text)
    else if (kind === 'tool_start') this.append(`${event.choice} name ${event.slot}`, event.name)
    else if (kind === 'tool_arguments') this.append(`${event.choice} arguments ${event.slot}`, event.text)
  }

  /** Of the chosen choices, one text a kind and tool call, each whole: a token may reach over two deltas. */
  read(isChosen: (choice: number) => boolean): string[] {
    return [...this.texts].flatMap(([slot, text]) =>
      text !== '' && isChosen(Number.parseInt(slot, 10)) ? [text] : [],
    )
  }

  private append(slot: string, piece: string): void {
    this.texts.set(slot, (this.texts.get(slot) ?? '') + piece)
    this.characters += piece.length
  }
}
