import { newId } from '../lib/id'
import type { MessageWriterOptions } from '../messages/writer'
import type { Call } from './call'

/** How an answer in Anthropic's dialect names what its vendor leaves without a name. */
export function messageOptions(call: Call, model: string): MessageWriterOptions {
  return {
    head: { id: `msg_${call.requestId.replaceAll('-', '')}`, createdAt: 0, model },
    newCallId: () => `toolu_${newId().replaceAll('-', '')}`,
  }
}
