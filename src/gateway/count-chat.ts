import type { Deployment } from '../routing/plan'
import { estimateMedia, estimatePrompt, estimateUsage } from '../usage/estimate'
import type { Tokenizer } from '../usage/tokenizer'
import type { ChatRequest } from '../wire/chat-request'
import { NO_USAGE, type Usage } from '../wire/usage'
import type { Counted, ModelLimits } from './operation'
import type { Reading } from './reading'

/**
 * Whether a model can have used so much: a prompt that fits its context, and with each of the answers not more than that
 * and the longest answer (for some vendors the context is the prompt's alone). A limit that nobody tells bounds nothing.
 */
export function isWithinContext(
  usage: Usage,
  { n: answers }: Pick<ChatRequest, 'n'>,
  { contextWindow, maxOutputTokens }: ModelLimits,
): boolean {
  if (contextWindow === null) return true
  const longest = usage.inputTokens + Math.ceil(usage.outputTokens / answers)
  return usage.inputTokens <= contextWindow && longest <= contextWindow + (maxOutputTokens ?? 0)
}

/**
 * What a chat call used that ended without the vendor's figures: the prompt and the text that was seen, counted. It is
 * an estimate, and says so, where there was more than text (images, audio, files, hidden reasoning) or it cannot be
 * counted now.
 */
export async function countChat(
  chat: ChatRequest,
  reading: Reading,
  deployment: Deployment,
  tokenizer: Pick<Tokenizer, 'count'>,
): Promise<Counted> {
  const tokens = await tokenizer.count(chat.body, reading.texts())
  const mediaTokens = estimateMedia(chat.shape.images, chat.media)
  const usage = tokens
    ? { ...NO_USAGE, inputTokens: tokens.input + mediaTokens, outputTokens: tokens.output }
    : {
        ...estimateUsage(0, reading.bytes, reading.contentEventBytes),
        inputTokens: guessPrompt(chat, deployment),
      }
  const isCounted = tokens !== undefined && mediaTokens === 0 && !deployment.hidesReasoning
  return { usage, source: isCounted ? 'tokenizer' : 'estimated' }
}

/** What a prompt may come to in tokens, by its size: never more than the model takes. */
export function guessPrompt({ body, media, shape }: ChatRequest, { contextWindow }: ModelLimits): number {
  return Math.min(estimatePrompt(body.length, shape.images, media), contextWindow ?? Number.POSITIVE_INFINITY)
}
