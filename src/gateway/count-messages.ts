import type { MessagesRequest } from '../messages/request'
import type { Deployment } from '../routing/plan'
import { estimatePrompt } from '../usage/estimate'
import type { Tokenizer } from '../usage/tokenizer'
import type { ChatRequest } from '../wire/chat-request'
import { countChat } from './count-chat'
import { asChat } from './messages-chat'
import type { Counted, ModelLimits } from './operation'
import type { Reading } from './reading'

/** What a call used that ended without the vendor's figures, counted as the chat that it would be elsewhere. */
export function countMessages(
  asked: MessagesRequest,
  reading: Reading,
  deployment: Deployment,
  tokenizer: Pick<Tokenizer, 'count'>,
): Promise<Counted> {
  return countChat(countable(asked, deployment), reading, deployment, tokenizer)
}

/** What a prompt may come to in tokens, by its size: never more than the model takes. */
export function guessMessages(
  { body, shape, media }: MessagesRequest,
  { contextWindow }: ModelLimits,
): number {
  const guess = estimatePrompt(body.length, shape.images, media)
  return Math.min(guess, contextWindow ?? Number.POSITIVE_INFINITY)
}

/** The request as a chat. One that nobody but Anthropic can be asked is counted as it is written. */
export function countable(asked: MessagesRequest, deployment: Deployment): ChatRequest {
  try {
    return asChat(asked, deployment).chat
  } catch {
    const spans = { model: asked.modelSpan, streamOptions: undefined, end: asked.body.length }
    return { ...asked, includeUsage: true, spans }
  }
}
