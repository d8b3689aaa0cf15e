import type { Cutter, Piece } from './cutter'

/**
 * Lets the first JSON object (or list) of a text through as it comes, and nothing of what stands around it: a model that is only
 * told to answer in JSON likes to say that it does, and to fence it.
 */
export class JsonCutter implements Cutter {
  readonly held = ''
  private depth = 0
  private state: 'before' | 'inside' | 'after' = 'before'
  private isString = false
  private isEscaped = false
  private readonly opening: '{' | '['

  constructor(opening: '{' | '[') {
    this.opening = opening
  }

  push(text: string): Piece[] {
    let from = 0
    if (this.state === 'before') {
      from = text.indexOf(this.opening)
      if (from === -1) return []
      this.state = 'inside'
    }
    if (this.state === 'after') return []
    const end = this.walk(text, from)
    return end === from ? [] : [{ kind: 'text', text: text.slice(from, end) }]
  }

  end(): Piece[] {
    return []
  }

  /** Where the value ends in this text, or the text does. */
  private walk(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      if (this.isString) this.stepInString(text[at])
      else if (this.endsWith(text[at])) return at + 1
    }
    return text.length
  }

  private stepInString(character: string | undefined): void {
    if (this.isEscaped) this.isEscaped = false
    else if (character === '\\') this.isEscaped = true
    else if (character === '"') this.isString = false
  }

  /** Whether this character closes what was opened first. */
  private endsWith(character: string | undefined): boolean {
    if (character === '"') this.isString = true
    else if (character === '{' || character === '[') this.depth++
    else if (character === '}' || character === ']') this.depth--
    if (this.depth === 0) this.state = 'after'
    return this.depth === 0
  }
}
