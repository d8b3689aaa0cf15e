import type { Translation } from '../translation'
import { compatible } from './adapter'
import type { CompatibleFacts } from './facts'

const AS_AT_OPENAI: CompatibleFacts = {
  hasDeveloper: true,
  takesMedia: true,
  takesAllTools: true,
  takesN: true,
}

/**
 * Translates for a vendor that speaks OpenAI's dialect to the letter, where bytes cannot pass: its chunks are read for another
 * dialect's caller, or its model has to be brought to what it has not.
 */
export const CONFORMING = compatible({
  ...AS_AT_OPENAI,
  renames: { max_tokens: 'max_completion_tokens' },
}).translation as Translation

/** The same for a caller who calls the answer's length by its older name: its server may know no other. */
export const CONFORMING_SINCE_LONG = compatible(AS_AT_OPENAI).translation as Translation
