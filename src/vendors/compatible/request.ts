import type { ChatBody, ResponseFormat } from '../../wire/chat-body'
import { unsupported } from '../../wire/field'
import type { TranslatedRequest, TranslationTarget } from '../translation'
import type { CompatibleFacts } from './facts'
import { lostIn, messagesOf } from './messages'
import { fated, parametersOf } from './parameters'
import { assertPriced } from './priced'
import { toolMembers } from './tools'

const RESOURCE = '/chat/completions'

/** A chat request in OpenAI's JSON, with what this vendor has otherwise. */
export function chatRequest(
  chat: ChatBody,
  target: TranslationTarget,
  facts: CompatibleFacts,
): TranslatedRequest {
  const { vendor, model } = target
  const given = {
    ...parametersOf(chat, facts),
    ...toolMembers(chat, facts, model),
    response_format: formatOf(chat.responseFormat, facts),
  }
  const { members, dropped } = fated(given, facts, model)
  assertPriced(chat, members, target, facts)
  const body = {
    model,
    messages: messagesOf(chat, facts, model),
    ...(chat.stream && { stream: true }),
    ...(chat.stream && !facts.tellsUsage && { stream_options: { include_usage: true } }),
    ...members,
    ...facts.adds?.(members, target),
  }
  return {
    url: facts.url?.(vendor, model, RESOURCE) ?? `${vendor.baseUrl}${RESOURCE}`,
    headers: {
      'content-type': 'application/json',
      accept: chat.stream ? 'text/event-stream' : 'application/json',
      ...(vendor.credential && (facts.headers?.(vendor) ?? { authorization: `Bearer ${vendor.credential}` })),
      ...vendor.headers,
    },
    body: Buffer.from(JSON.stringify(body)),
    dropped: [...dropped, ...lostIn(chat, facts)],
  }
}

function formatOf(format: ResponseFormat | undefined, facts: CompatibleFacts): unknown {
  if (format?.type !== 'json_schema') return format?.type === 'text' ? undefined : format
  if (facts.lacks?.includes('json_schema'))
    throw unsupported('response_format', 'this model can be asked for JSON, but not for a schema of it')
  const { type, ...schema } = format
  return { type, json_schema: schema }
}
