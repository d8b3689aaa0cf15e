import { type Cutter, MOST_HELD, type Piece } from './cutter'

/**
 * Finds the blocks between two tags. Of the words around them no more is held back than what may be the beginning of the
 * opening tag.
 */
export class TagCutter implements Cutter {
  /** Outside: what may begin the opening tag. Within: what may begin the closing one. */
  private tail = ''
  private block: string[] | undefined
  private blockLength = 0
  private readonly open: string
  private readonly close: string

  constructor({ open, close }: { open: string; close: string }) {
    this.open = open
    this.close = close
  }

  push(text: string): Piece[] {
    const pieces: Piece[] = []
    let rest = this.tail + text
    this.tail = ''
    for (let at = rest.indexOf(this.tag); at !== -1; at = rest.indexOf(this.tag)) {
      const before = rest.slice(0, at)
      rest = rest.slice(at + this.tag.length)
      if (this.block) this.finish(before, pieces)
      else this.begin(before, pieces)
    }
    const held = overlap(rest, this.tag)
    this.tail = rest.slice(rest.length - held)
    this.take(rest.slice(0, rest.length - held), pieces)
    return pieces
  }

  /** A block without an end is a call that was cut off. */
  end(): Piece[] {
    const { tail } = this
    this.tail = ''
    if (this.block) return [{ kind: 'call', text: this.block.join('') + tail }]
    return tail === '' ? [] : [{ kind: 'text', text: tail }]
  }

  get held(): string {
    return (this.block?.join('') ?? '') + this.tail
  }

  private get tag(): string {
    return this.block ? this.close : this.open
  }

  private begin(before: string, pieces: Piece[]): void {
    this.take(before, pieces)
    this.block = []
    this.blockLength = 0
  }

  private finish(last: string, pieces: Piece[]): void {
    pieces.push({ kind: 'call', text: `${this.block?.join('') ?? ''}${last}` })
    this.block = undefined
  }

  private take(text: string, pieces: Piece[]): void {
    if (text === '') return
    if (!this.block) {
      pieces.push({ kind: 'text', text })
      return
    }
    this.block.push(text)
    this.blockLength += text.length
    if (this.blockLength <= MOST_HELD) return
    pieces.push({ kind: 'text', text: this.block.join('') })
    this.block = undefined
  }
}

/** How many of the text's last characters are the tag's first. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length
  return 0
}
