import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { droppedOf } from '../other-parameters'
import type { TranslatedRequest, TranslationTarget } from '../translation'
import { conversationOf } from './contents'
import { type ModelRules, rulesOf } from './model-rules'
import { OTHER_PARAMETERS } from './parameters'
import { thinkingConfig } from './thinking'
import { toolMembers } from './tools'

const MOST_STOPS = 5
const INT32 = 2 ** 31

/** OpenAI's chat request as `generateContent`, of AI Studio. */
export function chatRequest(chat: ChatBody, target: TranslationTarget): TranslatedRequest {
  const { vendor, model } = target
  const { members, dropped } = contentRequest(chat, target, true)
  return {
    url: `${vendor.baseUrl}/models/${encodeURIComponent(model)}:${methodOf(chat)}`,
    headers: {
      'content-type': 'application/json',
      accept: chat.stream ? 'text/event-stream' : 'application/json',
      ...(vendor.credential && { 'x-goog-api-key': vendor.credential }),
      ...vendor.headers,
    },
    body: Buffer.from(JSON.stringify(members)),
    dropped,
  }
}

/** The same for the cloud, which has these models at an address of its own, and calls without ids. */
export function contentRequest(
  chat: ChatBody,
  target: TranslationTarget,
  hasCallIds: boolean,
): { members: Record<string, unknown>; dropped: string[] } {
  const rules = rulesOf(target.model)
  const tier = tierOf(chat.serviceTier)
  const members = {
    ...conversationOf(chat.messages, { rules, hasCallIds }),
    ...toolMembers(chat),
    generationConfig: generationConfig(chat, rules, target),
    ...extensions(chat.rest),
    ...(tier && { serviceTier: tier }),
  }
  return { members, dropped: dropped(chat, target.capabilities) }
}

/** Without `alt=sse` a stream is one JSON array. */
export function methodOf({ stream }: ChatBody): string {
  return stream ? 'streamGenerateContent?alt=sse' : 'generateContent'
}

function generationConfig(
  chat: ChatBody,
  rules: ModelRules,
  { capabilities }: TranslationTarget,
): Record<string, unknown> {
  const { maxTokens, temperature, topP, seed, stop, logprobs, topLogprobs } = chat
  if (stop && stop.length > MOST_STOPS)
    throw field.invalid('stop', `this vendor takes ${MOST_STOPS} sequences`)
  const topK = field.integer(chat.rest.top_k, 'top_k', 1, 1_000_000)
  return {
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(isInt32(seed) && { seed }),
    ...(stop && { stopSequences: stop }),
    ...(logprobs && { responseLogprobs: true, ...(topLogprobs && { logprobs: topLogprobs }) }),
    ...format(chat, rules),
    ...(capabilities.has('reasoning') && { thinkingConfig: thinkingConfig(chat.reasoningEffort, rules) }),
  }
}

function format({ responseFormat, tools }: ChatBody, { jsonWithTools }: ModelRules): Record<string, unknown> {
  if (!responseFormat || responseFormat.type === 'text') return {}
  if (tools && !jsonWithTools)
    throw field.unsupported('response_format', 'this model answers in JSON or calls tools, not both')
  const responseMimeType = 'application/json'
  return responseFormat.type === 'json_object'
    ? { responseMimeType }
    : { responseMimeType, responseJsonSchema: responseFormat.schema }
}

/** The vendor's own members, where a caller writes them into OpenAI's request: taken as they are. */
function extensions({ safety_settings, cached_content }: Record<string, unknown>): Record<string, unknown> {
  const cached = field.string(cached_content, 'cached_content')
  const safety = field.array(safety_settings, 'safety_settings')
  return { ...(safety && { safetySettings: safety }), ...(cached && { cachedContent: cached }) }
}

function tierOf(tier: string | undefined): string | undefined {
  if (tier === 'fast') throw field.unsupported('service_tier', 'this vendor has nothing of the kind')
  if (tier === 'flex' || tier === 'priority')
    throw field.unsupported('service_tier', 'it costs another price than the one that we know')
  return tier === 'default' ? 'standard' : undefined
}

function isInt32(seed: number | undefined): seed is number {
  return seed !== undefined && seed >= -INT32 && seed < INT32
}

/** What means nothing to this vendor, by OpenAI's names. The models of today refuse penalties. */
function dropped(chat: ChatBody, capabilities: ReadonlySet<string>): string[] {
  const given: Record<string, unknown> = {
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    parallel_tool_calls: chat.parallelToolCalls === false ? false : undefined,
    reasoning_effort: capabilities.has('reasoning') ? undefined : chat.reasoningEffort,
    safety_identifier: chat.user,
    seed: isInt32(chat.seed) ? undefined : chat.seed,
    service_tier: chat.serviceTier === 'auto' || chat.serviceTier === 'scale' ? chat.serviceTier : undefined,
    'messages[].name': chat.messages.find(message => 'name' in message && message.name !== undefined),
    'messages[].content[].image_url.detail': chat.messages.find(({ content }) =>
      content.some(part => part.type === 'image' && part.detail !== undefined && part.detail !== 'auto'),
    ),
    prompt_cache_breakpoint: chat.messages.find(({ content }) => content.some(({ cache }) => cache)),
  }
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return [...droppedOf(chat.rest, OTHER_PARAMETERS), ...names]
}
