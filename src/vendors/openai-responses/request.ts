import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { droppedOf } from '../other-parameters'
import type { TranslatedRequest, TranslationTarget } from '../translation'
import { itemsOf } from './input'
import { OTHER_PARAMETERS, sameMembers } from './parameters'
import { toolMembers } from './tools'

/** What of an answer is asked for besides. Nothing is stored there, so thoughts come sealed. */
const REASONING = 'reasoning.encrypted_content'
const LOGPROBS = 'message.output_text.logprobs'

/** OpenAI's chat request as one of its Responses, for models that exist there alone. */
export function chatRequest(
  chat: ChatBody,
  { vendor, model, capabilities }: TranslationTarget,
): TranslatedRequest {
  const thinks = capabilities.has('reasoning')
  const body = {
    model,
    input: itemsOf(chat.messages),
    store: false,
    ...(chat.stream && { stream: true }),
    ...(chat.maxTokens !== undefined && { max_output_tokens: chat.maxTokens }),
    ...(chat.temperature !== undefined && { temperature: chat.temperature }),
    ...(chat.topP !== undefined && { top_p: chat.topP }),
    ...(chat.topLogprobs !== undefined && { top_logprobs: chat.topLogprobs }),
    ...includeMember(chat, thinks),
    ...toolMembers(chat),
    ...textMember(chat),
    ...reasoningMember(chat, thinks),
    ...(chat.user && { safety_identifier: chat.user }),
    ...sameMembers(chat.rest),
  }
  return {
    url: `${vendor.baseUrl}/responses`,
    headers: {
      'content-type': 'application/json',
      accept: chat.stream ? 'text/event-stream' : 'application/json',
      ...(vendor.credential && credentialOf(vendor.dialect, vendor.credential)),
      ...vendor.headers,
    },
    body: Buffer.from(JSON.stringify(body)),
    dropped: dropped(chat, thinks),
  }
}

function credentialOf(dialect: string, credential: string): Record<string, string> {
  return dialect === 'azure' ? { 'api-key': credential } : { authorization: `Bearer ${credential}` }
}

function includeMember({ logprobs }: ChatBody, thinks: boolean): { include?: string[] } {
  const include = [...(thinks ? [REASONING] : []), ...(logprobs ? [LOGPROBS] : [])]
  return include.length > 0 ? { include } : {}
}

function textMember({ responseFormat, rest }: ChatBody): { text?: Record<string, unknown> } {
  const verbosity = field.string(rest.verbosity, 'verbosity')
  const format = responseFormat && responseFormat.type !== 'text' ? responseFormat : undefined
  if (!format && verbosity === undefined) return {}
  return { text: { ...(format && { format }), ...(verbosity !== undefined && { verbosity }) } }
}

/** Summaries are all that is ever told of what these models think. */
function reasoningMember(
  { reasoningEffort }: ChatBody,
  thinks: boolean,
): { reasoning?: Record<string, unknown> } {
  if (!thinks) return {}
  return { reasoning: { ...(reasoningEffort !== undefined && { effort: reasoningEffort }), summary: 'auto' } }
}

/** What means nothing here, by the names of Chat Completions. Throws for what would change the answer. */
function dropped(chat: ChatBody, thinks: boolean): string[] {
  if (chat.stop) throw field.unsupported('stop', 'this model does not stop at a text')
  if (chat.serviceTier && chat.serviceTier !== 'auto' && chat.serviceTier !== 'default')
    throw field.unsupported('service_tier', 'it costs another price than the one that we know')
  const given: Record<string, unknown> = {
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    reasoning_effort: thinks ? undefined : chat.reasoningEffort,
    'messages[].name': chat.messages.find(message => 'name' in message && message.name !== undefined),
  }
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  return [...droppedOf(wishesOf(chat.rest), OTHER_PARAMETERS), ...names]
}

/** Nothing is stored there: who does not want it has what was asked for. */
function wishesOf({ store, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return store === undefined || store === false ? rest : { ...rest, store }
}
