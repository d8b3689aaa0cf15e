import { type Chat, lastText } from './chat'
import { type Choice, makeChoice } from './choice'
import { type Directives, readDirectives } from './directives'
import { countPrompt, renderPrompt } from './prompt'
import type { PromptCache } from './prompt-cache'
import type { Random } from './random'
import { askedRefusal, Refusal } from './refusal'
import { newSuffix } from './tool-calls'
import { usageOf, type WireUsage } from './usage'

/** Everything about an answer but its sending. */
export interface Answer {
  chat: Chat
  directives: Directives
  choices: Choice[]
  usage: WireUsage
  /** `id`, `created` and `model`, the same in every chunk. */
  head: { id: string; created: number; model: string }
  /** Milliseconds a token. */
  paceMs: number
}

/** What an answer depends on besides its request. */
export interface Surroundings {
  /** Milliseconds since 1970. */
  now(): number
  random: Random
  paceMs: number
  cache: PromptCache
}

const CONTEXT_WINDOW_TOKENS = 128_000

/** Makes the answer, or throws the refusal that the request asks for. */
export function makeAnswer(chat: Chat, { now, random, paceMs, cache }: Surroundings): Answer {
  const directives = readDirectives(lastText(chat, 'user'))
  const { error } = directives
  if (error !== undefined && !(error === 'mid-stream' && chat.stream))
    throw askedRefusal(error === 'mid-stream' ? '500' : error)
  const prompt = renderPrompt(chat)
  const promptTokens = countPrompt(chat, prompt, CONTEXT_WINDOW_TOKENS)
  if (promptTokens > CONTEXT_WINDOW_TOKENS) throw tooLong()
  const seen = cache.take(prompt)
  const cachedTokens = Math.min(directives.cached ?? seen, promptTokens)
  const choices = Array.from({ length: chat.n }, (_, index) =>
    makeChoice(chat, prompt, directives, index, random),
  )
  return {
    chat,
    directives,
    choices,
    usage: usageOf(promptTokens, cachedTokens, choices),
    head: { id: `chatcmpl-${newSuffix(random)}`, created: Math.floor(now() / 1000), model: chat.model },
    paceMs: directives.paceMs ?? paceMs,
  }
}

function tooLong(): Refusal {
  const message = `The context of this model is ${CONTEXT_WINDOW_TOKENS} tokens long; the messages are longer.`
  return new Refusal(message, { code: 'context_length_exceeded', param: 'messages' })
}
