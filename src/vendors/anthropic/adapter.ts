import type { Adapter } from '../adapter'
import { translating } from '../translating'
import type { Translation } from '../translation'
import { answerEvents } from './answer'
import { readError } from './error'
import { relax } from './relax'
import { chatRequest } from './request'
import { StreamReader } from './stream'

const translation: Translation = {
  request: chatRequest,
  relax,
  stream: () => new StreamReader(),
  answer: answerEvents,
}

/** Anthropic's Messages, for chats of OpenAI's dialect. */
export const anthropic: Adapter = translating(translation, readError)
