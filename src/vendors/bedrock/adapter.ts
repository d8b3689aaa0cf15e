import type { Adapter } from '../adapter'
import { translating } from '../translating'
import { answerEvents } from './answer'
import { readError } from './error'
import { EventStreamFrames } from './event-stream'
import { chatRequest } from './request'
import { signed } from './sign'
import { StreamReader } from './stream'

/** AWS Bedrock's Converse and ConverseStream. */
export const bedrock: Adapter = {
  ...translating(
    {
      request: chatRequest,
      holdsToSchemas: true,
      readsImageAt: url => url.startsWith('s3://'),
      stream: () => new StreamReader(),
      frames: event => new EventStreamFrames(event),
      answer: answerEvents,
    },
    readError,
  ),
  sign: signed,
}
