import type { Translation } from '../translation'
import { compatible } from './adapter'

/**
 * Translates for a vendor that speaks OpenAI's dialect to the letter, where bytes cannot pass: its chunks are read for another
 * dialect's caller, or its model has to be brought to what it has not.
 */
export const CONFORMING = compatible({
  renames: { max_tokens: 'max_completion_tokens' },
  hasDeveloper: true,
  takesMedia: true,
  takesAllTools: true,
  takesN: true,
}).translation as Translation
