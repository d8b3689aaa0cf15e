/** Some blanks and up to six characters after them, or blanks alone: about 1.3 tokens an English word, as at real vendors. */
const TOKEN = /\s{0,16}\S{1,6}|\s{1,16}/gu

/** Cuts text into the demo vendor's tokens; joined they are the text again, and none splits a character. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? []
}

/** Where in the text each token ends. */
export function* tokenEnds(text: string): Generator<number> {
  for (const match of text.matchAll(TOKEN)) yield match.index + match[0].length
}

/** What the demo vendor bills for a text: the same cut as that which it streams. Stops counting beyond `limit`. */
export function countTokens(text: string, limit = Number.POSITIVE_INFINITY): number {
  let count = 0
  for (const _ of text.matchAll(TOKEN)) {
    count += 1
    if (count > limit) break
  }
  return count
}
