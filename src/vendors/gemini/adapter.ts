import type { Adapter } from '../adapter'
import { translating } from '../translating'
import { answerEvents } from './answer'
import { readError } from './error'
import { isOwnFile } from './part'
import { chatRequest } from './request'
import { StreamReader } from './stream'

/** Gemini's `generateContent`, at AI Studio. */
export const gemini: Adapter = translating(
  { request: chatRequest, readsImageAt: isOwnFile, stream: () => new StreamReader(), answer: answerEvents },
  readError,
)
