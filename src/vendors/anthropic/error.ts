import { isObject } from '../../lib/object'
import { textIn } from '../../lib/text'
import { type VendorError, wordsAlone } from '../vendor-error'

/** The vendor's words for "it does not fit", of the prompt alone and of prompt and answer together. */
const OVERFLOW = /prompt is too long|exceed(?:s)? (?:the )?context (?:limit|window)/i

/** OpenAI's names of what the vendor's messages name at their beginning. */
const NAMES: Record<string, string> = {
  max_tokens: 'max_completion_tokens',
  stop_sequences: 'stop',
  system: 'messages',
  output_config: 'response_format',
  thinking: 'reasoning_effort',
  metadata: 'user',
  messages: 'messages',
  tools: 'tools',
  tool_choice: 'tool_choice',
  temperature: 'temperature',
  top_p: 'top_p',
  model: 'model',
}

/** Reads `{"type":"error","error":{…}}`, or its inner object, and whatever stands in its place. Never throws. */
export function readError(body: unknown): VendorError {
  const error = isObject(body) && isObject(body.error) ? body.error : body
  if (!isObject(error)) return wordsAlone(error)
  const message = textIn(error.message)
  const details = isObject(error.details) ? error.details : {}
  const code =
    message !== null && OVERFLOW.test(message) ? 'context_length_exceeded' : textIn(details.error_code)
  return { message, type: textIn(error.type), code, param: paramIn(message) }
}

/** `max_tokens: …` and `messages.1.content: …` begin with the field; its index is not the caller's. */
function paramIn(message: string | null): string | null {
  const name = /^([a-z_]+)(?:\.[\w.]*)?: /.exec(message ?? '')?.[1]
  return (name !== undefined && NAMES[name]) || null
}
