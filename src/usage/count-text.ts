import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'

/**
 * The encoder looks for tokens inside runs of letters, of signs or of blanks, and its time grows with the square of a
 * run: longer ones are counted in slices, each cut makes a difference of a few tokens. No text that means anything has such runs.
 */
const LONGEST_RUN = 192
const LONG_RUN = new RegExp(
  ['[\\p{L}\\p{M}]', '[^\\s\\p{L}\\p{N}]', '\\s'].map(kind => `${kind}{${LONGEST_RUN}}`).join('|'),
  'gu',
)
/** What looks like a special token is the caller's text here. */
const AS_TEXT = { disallowedSpecial: new Set<string>() }

/** Tokens of a text in OpenAI's o200k encoding; in linear time, whatever the text is. */
export function countText(text: string): number {
  let total = 0
  let from = 0
  for (const run of text.matchAll(LONG_RUN)) {
    const end = run.index + run[0].length
    total += countTokens(text.slice(from, end), AS_TEXT)
    from = end
  }
  return total + countTokens(text.slice(from), AS_TEXT)
}
