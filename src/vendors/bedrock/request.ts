import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { samplingOf } from '../anthropic/sampling'
import { droppedOf } from '../other-parameters'
import { forcesCall } from '../tool-choice'
import type { TranslatedRequest, TranslationTarget } from '../translation'
import type { Block } from './content'
import { jsonOf } from './format'
import { calledIn, conversationOf } from './messages'
import { familyOf, type ModelFamily } from './model-family'
import { OTHER_PARAMETERS } from './parameters'
import { type Reasoning, reasoningOf } from './reasoning'
import { toolsOf } from './tools'

/** OpenAI's chat request as one of Converse. It is signed when it is sent. */
export function chatRequest(chat: ChatBody, target: TranslationTarget): TranslatedRequest {
  const { vendor, model, maxOutputTokens } = target
  const family = familyOf(model)
  const isHeldByTool =
    chat.responseFormat?.type === 'json_schema' && !(family.kind === 'claude' && family.nativeJson)
  const wantsTool = forcesCall(chat) || isHeldByTool
  const reasoning = reasoningOf(chat, family, maxOutputTokens, wantsTool)
  const canForce = (family.kind !== 'claude' || family.rules.forcesTools) && !reasoning.isOn
  const { system, messages } = conversationOf(chat.messages)
  const tools = toolsOf(chat, canForce, family.kind === 'claude', calledIn(messages))
  const json = jsonOf(chat, family, canForce)
  const inference = inferenceOf(chat, family, reasoning)
  const extra = { ...inference.additional, ...reasoning.members, ...tools.onlyOne }
  const said = [tools.instruction, json.instruction].filter(text => text !== undefined)
  const instructions: Block[] = [...system, ...said.map(text => ({ text }))]
  const body = {
    messages,
    ...(instructions.length > 0 && { system: instructions }),
    inferenceConfig: inference.config,
    ...((json.toolConfig ?? tools.toolConfig) && { toolConfig: json.toolConfig ?? tools.toolConfig }),
    ...(json.outputConfig && { outputConfig: json.outputConfig }),
    ...(Object.keys(extra).length > 0 && { additionalModelRequestFields: extra }),
    ...extensions(chat.rest),
  }
  return {
    url: `${vendor.baseUrl}/model/${encodeURIComponent(model)}/${chat.stream ? 'converse-stream' : 'converse'}`,
    headers: {
      'content-type': 'application/json',
      accept: chat.stream ? 'application/vnd.amazon.eventstream' : 'application/json',
      ...(vendor.credential && { authorization: `Bearer ${vendor.credential}` }),
      ...vendor.headers,
    },
    body: Buffer.from(JSON.stringify(body)),
    dropped: [...new Set([...dropped(chat), ...tools.dropped, ...reasoning.dropped, ...inference.dropped])],
  }
}

interface Inference {
  config: Record<string, unknown>
  additional: Record<string, unknown>
  dropped: string[]
}

function inferenceOf(chat: ChatBody, family: ModelFamily, { isOn, budgetTokens }: Reasoning): Inference {
  const bound = chat.maxTokens === undefined ? undefined : chat.maxTokens + budgetTokens
  const sampling =
    family.kind === 'claude'
      ? samplingOf(chat, family.rules, isOn)
      : { members: plainSampling(chat), dropped: [] }
  const { temperature, top_p: topP, top_k } = sampling.members
  const stop = chat.stop?.filter(text => text.trim() !== '') ?? []
  const takesStop = family.kind !== 'gpt' && family.kind !== 'gpt-oss'
  return {
    config: {
      ...(bound !== undefined && { maxTokens: bound }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
      ...(stop.length > 0 && takesStop && { stopSequences: stop }),
    },
    additional: top_k === undefined ? {} : { top_k },
    dropped: [...sampling.dropped, ...(stop.length > 0 && !takesStop ? ['stop'] : [])],
  }
}

/** Its scale ends where OpenAI's is halfway. */
function plainSampling({ temperature, topP, rest }: ChatBody) {
  return {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && { top_p: topP }),
    ...(rest.top_k !== undefined && { top_k: field.integer(rest.top_k, 'top_k', 0, 1_000_000) }),
  }
}

/** The caller's labels, and the vendor's own member where a caller writes it into OpenAI's request. */
function extensions({ metadata, guardrail_config }: Record<string, unknown>): Record<string, unknown> {
  const labels = field.object(metadata, 'metadata')
  const guardrail = field.object(guardrail_config, 'guardrail_config')
  return { ...(labels && { requestMetadata: labels }), ...(guardrail && { guardrailConfig: guardrail }) }
}

/** What means nothing to this vendor, by OpenAI's names. */
function dropped(chat: ChatBody): string[] {
  if (chat.serviceTier && chat.serviceTier !== 'auto' && chat.serviceTier !== 'default')
    throw field.unsupported('service_tier', 'it costs another price than the one that we know')
  const given: Record<string, unknown> = {
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logprobs: chat.logprobs || undefined,
    top_logprobs: chat.topLogprobs,
    safety_identifier: chat.user,
    'messages[].name': chat.messages.find(message => 'name' in message && message.name !== undefined),
    'messages[].content[].image_url.detail': chat.messages.find(({ content }) =>
      content.some(part => part.type === 'image' && part.detail !== undefined && part.detail !== 'auto'),
    ),
  }
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return [...droppedOf(chat.rest, OTHER_PARAMETERS), ...names]
}
