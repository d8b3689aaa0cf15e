import { Type } from '@sinclair/typebox'
import { invalid } from './query'

const LONGEST = 100
/** Anything that a list or a log would not show as it is: controls, line ends, letters that turn the text around, half surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u
/** Letters that show nothing (U+2800 and the others named here are blank without Unicode saying so), as all that a name has. */
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{White_Space}\u2800\ufff9-\ufffb\u{16fe4}\u{1d159}]*$/u

/** The schema of a name that people give; `readName` checks what a schema cannot. */
export const NameSchema = Type.String({
  minLength: 1,
  maxLength: LONGEST,
  description: `a name of 1 to ${LONGEST} printable characters.`,
})

/** The name without blanks around it. Throws `invalid_value` for one that shows nothing or holds unprintable characters. */
export function readName(text: string): string {
  const name = text.trim()
  if (INVISIBLE.test(name) || UNPRINTABLE.test(name))
    throw invalid('name', `1 to ${LONGEST} printable characters`)
  return name
}
