import type { Adapter } from '../adapter'
import { translating } from '../translating'
import { answerEvents } from './answer'
import { readError } from './error'
import { chatRequest } from './request'
import { StreamReader } from './stream'

/** Cohere's v2 chat. */
export const cohere: Adapter = translating(
  { request: chatRequest, stream: () => new StreamReader(), answer: answerEvents },
  readError,
)
