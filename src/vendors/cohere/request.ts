import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { droppedOf } from '../other-parameters'
import type { TranslatedRequest, TranslationTarget } from '../translation'
import { messagesOf } from './messages'
import { OTHER_PARAMETERS } from './parameters'
import { toolMembers } from './tools'

const MOST_STOPS = 5
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
/** Tokens to think with. */
const BUDGETS = { minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384 }

/** OpenAI's chat request as Cohere's v2 chat. */
export function chatRequest(chat: ChatBody, target: TranslationTarget): TranslatedRequest {
  const { vendor, model, capabilities } = target
  const thinks = capabilities.has('reasoning')
  const body = {
    model,
    messages: messagesOf(chat.messages),
    ...(chat.stream && { stream: true }),
    ...toolMembers(chat),
    ...sampling(chat),
    ...format(chat),
    ...thinking(chat, thinks),
    ...extensions(chat.rest),
  }
  return {
    url: `${vendor.baseUrl}/chat`,
    headers: {
      'content-type': 'application/json',
      accept: chat.stream ? 'text/event-stream' : 'application/json',
      ...(vendor.credential && { authorization: `Bearer ${vendor.credential}` }),
      ...vendor.headers,
    },
    body: Buffer.from(JSON.stringify(body)),
    dropped: dropped(chat, thinks),
  }
}

function sampling(chat: ChatBody): Record<string, unknown> {
  const { maxTokens, temperature, topP, seed, stop, presencePenalty, frequencyPenalty } = chat
  if (stop && stop.length > MOST_STOPS)
    throw field.invalid('stop', `this vendor takes ${MOST_STOPS} sequences`)
  if (presencePenalty && frequencyPenalty)
    throw field.unsupported('presence_penalty', 'this vendor takes one of the two penalties')
  const topK = field.integer(chat.rest.top_k, 'top_k', 0, 500)
  return {
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    // Its scale ends where OpenAI's is halfway.
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && { p: Math.min(Math.max(topP, 0.01), 0.99) }),
    ...(topK !== undefined && { k: topK }),
    ...(seed !== undefined && { seed }),
    ...(stop && { stop_sequences: stop }),
    ...(presencePenalty && { presence_penalty: penalty(presencePenalty, 'presence_penalty') }),
    ...(frequencyPenalty && { frequency_penalty: penalty(frequencyPenalty, 'frequency_penalty') }),
    ...(chat.logprobs && { logprobs: true }),
  }
}

function penalty(value: number, param: string): number {
  if (value < 0) throw field.unsupported(param, 'this vendor takes none below 0')
  return Math.min(value, 1)
}

function format({ responseFormat, tools }: ChatBody): Record<string, unknown> {
  if (!responseFormat || responseFormat.type === 'text') return {}
  if (tools)
    throw field.unsupported('response_format', 'this vendor answers in JSON or calls tools, not both')
  const schema = responseFormat.type === 'json_schema' ? { json_schema: responseFormat.schema } : {}
  return { response_format: { type: 'json_object', ...schema } }
}

function thinking({ reasoningEffort, rest }: ChatBody, thinks: boolean): Record<string, unknown> {
  const own = field.object(rest.thinking, 'thinking')
  if (own) return { thinking: own }
  const effort = field.oneOf(reasoningEffort, 'reasoning_effort', EFFORTS)
  if (!thinks || effort === undefined) return {}
  if (effort === 'none') return { thinking: { type: 'disabled' } }
  if (effort === 'xhigh' || effort === 'max') return { thinking: { type: 'enabled' } }
  return { thinking: { type: 'enabled', token_budget: BUDGETS[effort] } }
}

/** The vendor's own members, where a caller writes them into OpenAI's request: taken as they are. */
function extensions({
  documents,
  citation_options,
  safety_mode,
}: Record<string, unknown>): Record<string, unknown> {
  return {
    ...(documents !== undefined && { documents: field.array(documents, 'documents') }),
    ...(citation_options !== undefined && {
      citation_options: field.object(citation_options, 'citation_options'),
    }),
    ...(safety_mode !== undefined && { safety_mode: field.string(safety_mode, 'safety_mode') }),
  }
}

/** What means nothing to this vendor, by OpenAI's names. */
function dropped(chat: ChatBody, thinks: boolean): string[] {
  const given: Record<string, unknown> = {
    reasoning_effort: thinks ? undefined : chat.reasoningEffort,
    top_logprobs: chat.topLogprobs || undefined,
    parallel_tool_calls: chat.parallelToolCalls === false ? false : undefined,
    safety_identifier: chat.user,
    service_tier: chat.serviceTier,
    'messages[].name': chat.messages.find(message => 'name' in message && message.name !== undefined),
    prompt_cache_breakpoint: chat.messages.find(({ content }) => content.some(({ cache }) => cache)),
    'tools[].custom.format': chat.tools?.find(tool => tool.format !== undefined),
  }
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return [...droppedOf(chat.rest, OTHER_PARAMETERS), ...names]
}
