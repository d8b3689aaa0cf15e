/** A piece of what a model said: words for the caller, or one call as it wrote it. */
export type Piece = { kind: 'text' | 'call'; text: string }

/** Cuts a text that comes in pieces of any size into what it says. Holds the state of one answer. */
export interface Cutter {
  push(text: string): Piece[]
  /** The text ends here; `isCut`: before the model had said all of it. */
  end(isCut: boolean): Piece[]
  /** What was pushed and is in no piece yet. */
  readonly held: string
}

/** A text that is all for the caller. */
export const WHOLE_TEXT: Cutter = {
  push: text => (text === '' ? [] : [{ kind: 'text', text }]),
  end: () => [],
  held: '',
}

/** A call, or an answer in an envelope, is no longer than this, in characters: what is, is text. */
export const MOST_HELD = 1024 * 1024
