import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { JSON_INSTRUCTION } from '../json-instruction'
import { droppedOf } from '../other-parameters'
import { forcesCall } from '../tool-choice'
import type { TranslatedRequest, TranslationTarget } from '../translation'
import type { Block } from './block'
import { wholeCacheMember } from './cache-control'
import { headersFor } from './headers'
import { rulesOf } from './model-rules'
import { OTHER_PARAMETERS } from './parameters'
import { bindingOf, lostThoughts, withoutThoughts } from './replay'
import { samplingOf } from './sampling'
import { strictSchema } from './schema'
import { type Thinking, thinkingOf } from './thinking'
import { calledIn, toolsOf } from './tools'
import { conversationOf } from './turns'

/** The vendor demands a bound; where nobody tells the model's own, one that every model has. */
const USUAL_MAX_TOKENS = 4096

/** OpenAI's chat request as one of Anthropic's Messages. */
export function chatRequest(chat: ChatBody, target: TranslationTarget): TranslatedRequest {
  const { members, betas, dropped } = messagesRequest(chat, target)
  return {
    url: `${target.vendor.baseUrl}/messages`,
    headers: headersFor(target.vendor, chat.stream, betas),
    body: Buffer.from(JSON.stringify({ model: target.model, ...members })),
    dropped,
  }
}

/** A request of Messages, wherever it goes: all of its members but the model, and the features that it needs named. */
export interface MessagesRequest {
  members: Record<string, unknown>
  betas: string[]
  dropped: string[]
}

/** The same for a cloud that has Anthropic's models at an address of its own. */
export function messagesRequest(chat: ChatBody, target: TranslationTarget): MessagesRequest {
  const rules = rulesOf(target.model)
  const conversation = conversationOf(chat.messages, rules)
  const mustBeOff = forcesCall(chat) || (rules.thinking === 'budget' && lostThoughts(conversation.messages))
  const thinking = ownThinking(chat) ?? thinkingOf(chat, rules, target.maxOutputTokens, mustBeOff)
  const messages = thinking.isOn ? conversation.messages : withoutThoughts(conversation.messages)
  const tools = toolsOf(chat, rules.forcesTools && !thinking.isOn, calledIn(messages))
  const sampling = samplingOf(chat, rules, thinking.isOn)
  const tier = tierOf(chat.serviceTier)
  const binding = bindingOf(rules, thinking, messages)
  const members = {
    max_tokens: maxTokensOf(chat, thinking, target.maxOutputTokens),
    ...systemMember(conversation.system, [tools.instruction, jsonInstruction(chat)]),
    messages,
    ...(chat.stream && { stream: true }),
    ...tools.members,
    ...sampling.members,
    ...stopMember(chat),
    ...(thinking.thinking && { thinking: { ...thinking.thinking, ...binding.member } }),
    ...outputConfig(chat, thinking),
    ...userMember(chat),
    ...tier.member,
    ...wholeCacheMember(chat.rest),
  }
  const dropped = [
    ...droppedOf(chat.rest, OTHER_PARAMETERS),
    ...droppedOfNamed(chat),
    ...tools.dropped,
    ...sampling.dropped,
    ...tier.dropped,
    ...(thinking.isDropped ? ['reasoning_effort'] : []),
  ]
  return { members, betas: [...binding.betas], dropped: [...new Set(dropped)] }
}

/** Anthropic's own `thinking`, where a caller writes it into OpenAI's request: taken as it is. */
function ownThinking({ rest }: ChatBody): Thinking | undefined {
  const thinking = field.object(rest.thinking, 'thinking')
  if (!thinking) return undefined
  const isOn = thinking.type !== 'disabled'
  return { thinking, isOn, budgetTokens: 0, isDropped: false }
}

/** OpenAI's bound is the whole answer; the budget comes on top, since a small bound would leave none. */
function maxTokensOf({ maxTokens }: ChatBody, { budgetTokens }: Thinking, longest: number | null): number {
  if (maxTokens === undefined) return longest ?? budgetTokens + USUAL_MAX_TOKENS
  const wanted = maxTokens + budgetTokens
  return budgetTokens > 0 && longest !== null ? Math.max(Math.min(wanted, longest), maxTokens) : wanted
}

function systemMember(system: Block[], instructions: (string | undefined)[]): { system?: Block[] } {
  const said = instructions.filter(text => text !== undefined)
  const blocks = [...system, ...said.map(text => ({ type: 'text', text }))]
  return blocks.length > 0 ? { system: blocks } : {}
}

/** There is no mode for it: it is asked for in words. */
function jsonInstruction({ responseFormat }: ChatBody): string | undefined {
  return responseFormat?.type === 'json_object' ? JSON_INSTRUCTION : undefined
}

function outputConfig({ responseFormat }: ChatBody, { effort }: Thinking) {
  const format =
    responseFormat?.type === 'json_schema'
      ? { type: 'json_schema', schema: strictSchema(responseFormat.schema) }
      : undefined
  return effort || format ? { output_config: { ...(effort && { effort }), ...(format && { format }) } } : {}
}

/** A sequence of white space alone is refused. */
function stopMember({ stop }: ChatBody): { stop_sequences?: string[] } {
  const sequences = stop?.filter(text => text.trim() !== '') ?? []
  return sequences.length > 0 ? { stop_sequences: sequences } : {}
}

/** The vendor refuses what looks like an address, and longer names: those are sent as their hash. */
function userMember({ user }: ChatBody): { metadata?: { user_id: string } } {
  if (!user) return {}
  const isOpaque = user.length <= 256 && !user.includes('@')
  return {
    metadata: { user_id: isOpaque ? user : new Bun.CryptoHasher('sha256').update(user).digest('hex') },
  }
}

function tierOf(tier: string | undefined): { member: { service_tier?: string }; dropped: string[] } {
  if (tier === 'fast') throw field.unsupported('service_tier', 'fast costs more than the price that we know')
  if (tier === 'auto' || tier === 'priority') return { member: { service_tier: 'auto' }, dropped: [] }
  if (tier === 'default') return { member: { service_tier: 'standard_only' }, dropped: [] }
  return { member: {}, dropped: tier === undefined ? [] : ['service_tier'] }
}

/** Parameters of ChatBody's own that mean nothing here. */
function droppedOfNamed(chat: ChatBody): string[] {
  const given = {
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logprobs: chat.logprobs,
    top_logprobs: chat.topLogprobs,
    stop: chat.stop?.find(text => text.trim() === ''),
    'messages.name': chat.messages.find(message => 'name' in message && message.name !== undefined),
    'messages.content.image_url.detail': chat.messages.find(({ content }) =>
      content.some(part => part.type === 'image' && part.detail !== undefined && part.detail !== 'auto'),
    ),
  }
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : [name],
  )
}
