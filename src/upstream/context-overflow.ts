import type { VendorError } from '../vendors/vendor-error'

const OVERFLOW = [
  /prompt (?:is )?too long/,
  /prompt exceeds max length/,
  /request_too_large/,
  /input is too long for requested model/,
  /exceeds the context window/,
  /exceeds? (?:the )?(?:model'?s )?maximum context length/,
  /input token count.*exceeds the maximum/,
  /maximum prompt length is \d+/,
  /reduce the length of the messages/,
  /maximum context length is \d+ tokens/,
  /longer than the model'?s context length/,
  /exceeds the available context size/,
  /context window exceeds limit/,
  /exceeded model token limit/,
  /too large for model with \d+ maximum context length/,
  /exceeded (?:max )?context length/,
  /range of input length should be/,
  /context[_ ]length[_ ]exceeded|too many tokens|token limit exceeded/,
]
const RATE = /^(?:throttling|service unavailable)|rate limit|too many requests/

/** Whether a refusal means that the prompt does not fit: each vendor says it in words of its own. */
export function isContextOverflow({ code, message }: VendorError): boolean {
  const text = (message ?? '').slice(0, 2000).toLowerCase()
  if (code === 'context_length_exceeded') return true
  return !RATE.test(text) && OVERFLOW.some(pattern => pattern.test(text))
}
