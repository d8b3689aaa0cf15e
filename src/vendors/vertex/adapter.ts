import { isObject } from '../../lib/object'
import type { Adapter } from '../adapter'
import { answerEvents as claudeAnswer } from '../anthropic/answer'
import { readError as claudeError } from '../anthropic/error'
import { UNKNOWN } from '../compatible/family'
import { answerEvents as compatibleAnswer } from '../compatible/stream'
import { answerEvents as geminiAnswer } from '../gemini/answer'
import { readError as googleError } from '../gemini/error'
import { isOwnFile } from '../gemini/part'
import { translating } from '../translating'
import { publisherIn } from './publisher-in'
import { chatRequest } from './request'
import { VertexStream } from './stream'

/** Google's cloud, where each company's models speak that company's dialect. */
export const vertex: Adapter = translating(
  {
    request: chatRequest,
    readsImageAt: isOwnFile,
    stream: () => new VertexStream(),
    answer(body) {
      const publisher = publisherIn(isObject(body) ? body : {})
      if (publisher === 'anthropic') return claudeAnswer(body)
      return publisher === 'google' ? geminiAnswer(body) : compatibleAnswer(body, UNKNOWN)
    },
  },
  body => (isObject(body) && body.type === 'error' ? claudeError(body) : googleError(body)),
)
