import type { Adapter } from './adapter'
import type { Translation } from './translation'

/** An adapter whose chats are translated: nothing of theirs is passed on as it was written. */
export function translating(translation: Translation, error: Adapter['error']): Adapter {
  return {
    translation,
    chat: () => {
      throw new Error('translating: this request has to be translated')
    },
    usage: () => undefined,
    error,
  }
}
