import type { Adapter } from '../adapter'
import { readError } from '../openai/error'
import { translating } from '../translating'
import { answerEvents } from './answer'
import { chatRequest } from './request'
import { StreamReader } from './stream'

/** OpenAI's Responses, for chats with models that exist there alone. */
export const openaiResponses: Adapter = translating(
  { request: chatRequest, stream: () => new StreamReader(), answer: answerEvents },
  readError,
)
