import type { Span } from '../wire/json-reader'
import { isLastMember, objectEnd, skipSpaceBack } from '../wire/member'

const COMMA = 44
const CLOSE_BRACKET = 93
const CLOSE_BRACE = 125
/** Figures take less; what is longer is read where it stands. */
const MOST_BYTES = 1024

/**
 * The figures of a vendor that tells them with each chunk. Each says all that was used until then, so the last ones
 * are kept alone, as they were written, and nothing is parsed before somebody asks.
 */
export class RunningUsage {
  private kept: Buffer | undefined
  private size = 0

  /**
   * Keeps a `usage` object (`start` at its key's quote, `end` at its value) if it stands where such vendors write it: last in
   * its event, after the choices, of which there are some. Where it ends; undefined where it must be read in another way.
   */
  take(events: Uint8Array, { start, end }: Span): number | undefined {
    if (!followsChoices(events, start)) return undefined
    const last = objectEnd(events, end)
    if (last === -1 || last - end > MOST_BYTES || !isLastMember(events, last)) return undefined
    this.kept ??= Buffer.allocUnsafe(MOST_BYTES)
    Buffer.prototype.copy.call(events, this.kept, 0, end, last)
    this.size = last - end
    return last
  }

  /** What was taken last, once; undefined where nothing was since, null where that was no JSON. */
  read(): unknown {
    const { kept, size } = this
    if (size === 0 || !kept) return undefined
    this.size = 0
    try {
      return JSON.parse(kept.toString('utf8', 0, size))
    } catch {
      return null
    }
  }
}

/** `…}],` stands before it: a chunk without choices, the last one, has `[]` there. */
function followsChoices(bytes: Uint8Array, start: number): boolean {
  const comma = skipSpaceBack(bytes, start - 1)
  const bracket = skipSpaceBack(bytes, comma - 1)
  return (
    bytes[comma] === COMMA &&
    bytes[bracket] === CLOSE_BRACKET &&
    bytes[skipSpaceBack(bytes, bracket - 1)] === CLOSE_BRACE
  )
}
