import type { Deployment } from '../routing/plan'
import type { ChatRequest } from '../wire/chat-request'
import { mayLack } from './lacking'

/** How many times the prompt is sent at most: a vendor without `n` is asked once for each answer, as is a model that has to be brought to it. */
export function promptsOf(
  chat: Pick<ChatRequest, 'n' | 'mentions'>,
  deployment: Pick<Deployment, 'adapter' | 'capabilities'>,
): number {
  const { translation } = deployment.adapter
  const { n } = chat
  const isOneByOne = n > 1 && ((translation && !translation.takesN) || mayLack(chat, deployment))
  return isOneByOne ? n : 1
}
