import type { Adapter } from '../adapter'
import { readError } from './error'
import { formRequest } from './form-request'
import { readMediaUsage } from './media-usage'
import { otherRequest } from './other-request'
import { chatRequest } from './request'
import { readUsage } from './usage'

/** OpenAI's own dialect, for every vendor that speaks it to the letter. */
export const openai: Adapter = {
  chat: chatRequest,
  usage: readUsage,
  error: readError,
  others: { json: otherRequest, form: formRequest, usage: readMediaUsage },
}
