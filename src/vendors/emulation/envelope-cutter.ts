import { isObject } from '../../lib/object'
import { type Cutter, MOST_HELD, type Piece } from './cutter'
import { readLooseJson, writtenMembers } from './json-text'
import { StringDecoder } from './string-decoder'

/** How an answer in words begins, but for white space. */
const HEAD = '{"type":"text","text":"'
const HEAD_WRITTEN = /^\s*\{\s*"type"\s*:\s*"text"\s*,\s*"text"\s*:\s*"/
const MOST_HEAD = 256

/**
 * Opens the envelope of an answer: words are handed on as they come once it is clear that they are some, all else when it is
 * there.
 */
export class EnvelopeCutter implements Cutter {
  private readonly pieces: string[] = []
  private heldLength = 0
  private head: string | undefined = ''
  private words: StringDecoder | undefined
  private isTooLong = false

  push(text: string): Piece[] {
    if (this.words) return textOf(this.words.push(text))
    if (this.isTooLong) return textOf(text)
    this.pieces.push(text)
    this.heldLength += text.length
    if (this.heldLength > MOST_HELD) return this.giveUp()
    return this.head === undefined ? [] : this.look(this.head + text)
  }

  end(isCut: boolean): Piece[] {
    if (this.words || this.isTooLong) return []
    const text = this.pieces.join('')
    this.pieces.length = 0
    return (isCut ? cutPieces(text) : piecesOf(text)) ?? textOf(text)
  }

  get held(): string {
    return this.pieces.join('')
  }

  /** Whether these are words can be said once their head is there, or cannot be there any more. */
  private look(head: string): Piece[] {
    const found = HEAD_WRITTEN.exec(head)
    if (found) {
      this.words = new StringDecoder()
      this.pieces.length = 0
      return textOf(this.words.push(head.slice(found[0].length)))
    }
    const mayBecome = head.length <= MOST_HEAD && HEAD.startsWith(head.replaceAll(/\s/g, ''))
    this.head = mayBecome ? head : undefined
    return []
  }

  private giveUp(): Piece[] {
    this.isTooLong = true
    const text = this.pieces.join('')
    this.pieces.length = 0
    return textOf(text)
  }
}

function textOf(text: string): Piece[] {
  return text === '' ? [] : [{ kind: 'text', text }]
}

const FIRST_CALL = /^\s*\{\s*"type"\s*:\s*"tool_calls"\s*,\s*"calls"\s*:\s*\[/

/** A call that was cut off is not made whole: nobody knows what else it would have said. */
function cutPieces(text: string): Piece[] | undefined {
  const start = FIRST_CALL.exec(text)
  return start ? [{ kind: 'call', text: text.slice(start[0].length) }] : undefined
}

/** Undefined for what is no envelope. */
function piecesOf(text: string): Piece[] | undefined {
  const json = readLooseJson(text)
  if (!json || !isObject(json.value)) return undefined
  const { value } = json
  const written = writtenMembers(json.text)
  if (Array.isArray(value.calls) && value.type !== 'text' && value.type !== 'json')
    return [...writtenMembers(written.get('calls') ?? '[]').values()].map(call => ({
      kind: 'call',
      text: call,
    }))
  if (value.type === 'json') return textOf(written.get('json') ?? '')
  // A model may leave its type out, or all of it.
  if ((value.type ?? 'text') === 'text' && typeof value.text === 'string') return textOf(value.text)
  if (typeof value.name === 'string' && written.has('arguments')) return [{ kind: 'call', text: json.text }]
  return undefined
}
