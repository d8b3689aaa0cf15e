import type { Deployment } from '../routing/plan'
import { estimateAnswer, estimateMedia, estimatePrompt } from '../usage/estimate'
import { sumOfUsage } from '../usage/sum-of-usage'
import type { Tokenizer } from '../usage/tokenizer'
import type { ChatRequest } from '../wire/chat-request'
import { NO_USAGE, type Usage } from '../wire/usage'
import { mayLack } from './lacking'
import type { Counted, ModelLimits } from './operation'
import { promptsOf } from './prompts-of'
import type { Reading } from './reading'

/**
 * Whether a model can have used so much: a prompt that fits its context, and with each of the answers not more than that
 * and the longest answer (for some vendors the context is the prompt's alone). A limit that nobody tells bounds nothing.
 */
export function isWithinContext(
  usage: Usage,
  chat: Pick<ChatRequest, 'n' | 'mentions' | 'bringsIn'>,
  limits: ModelLimits,
): boolean {
  const { contextWindow, maxOutputTokens } = limits
  if (contextWindow === null) return true
  const readings = Math.max(chat.bringsIn ?? 1, 1)
  const prompt = Math.ceil(usage.inputTokens / (promptsOf(chat, limits) * readings))
  const longest = prompt + Math.ceil(usage.outputTokens / chat.n)
  return prompt <= contextWindow && longest <= contextWindow + (maxOutputTokens ?? 0)
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
  const { known, unknownPrompts: prompts = promptsOf(chat, deployment) } = reading
  const texts = reading.texts()
  const tokens = await tokenizer.count(chat.body, texts)
  const mediaTokens = estimateMedia(chat.shape.images, chat.media)
  const counted = tokens
    ? {
        ...NO_USAGE,
        inputTokens: prompts * (tokens.input + mediaTokens),
        outputTokens: tokens.output,
      }
    : {
        ...NO_USAGE,
        inputTokens: known ? 0 : guessPrompt(chat, deployment),
        outputTokens: estimateAnswer(reading, texts),
      }
  const usage = sumOfUsage(known ? [known, counted] : [counted]) ?? counted
  if (known) return { usage, source: 'mixed' }
  // What a model is told besides, and says besides, is not in these texts.
  const isWhole = !mayLack(chat, deployment)
  const isCounted = tokens !== undefined && mediaTokens === 0 && !deployment.hidesReasoning && isWhole
  return { usage, source: isCounted ? 'tokenizer' : 'estimated' }
}

/** What a prompt may come to in tokens, by its size: never more than the model takes. */
export function guessPrompt(chat: ChatRequest, limits: ModelLimits): number {
  const { body, media, shape } = chat
  const guess = estimatePrompt(body.length, shape.images, media)
  return promptsOf(chat, limits) * Math.min(guess, limits.contextWindow ?? Number.POSITIVE_INFINITY)
}
