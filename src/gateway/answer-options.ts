import { newId } from '../lib/id'
import type { AnswerOptions } from '../wire/chunk-writer'
import type { Call } from './call'
import type { Translated } from './translate'

/** How a translated answer names what its vendor leaves without a name. */
export function answerOptions(
  call: Call,
  model: string,
  { usesFunctions, customTools }: Translated,
): AnswerOptions {
  return {
    head: { id: `chatcmpl-${call.requestId}`, createdAt: Math.floor(call.createdAt / 1000), model },
    usesFunctions,
    customTools,
    newCallId: () => `call_${newId().replaceAll('-', '')}`,
  }
}
