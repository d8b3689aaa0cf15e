import * as field from '../wire/field'
import { withoutAbsent } from '../wire/without-absent'
import type { ChatDialect, Drops } from './chat-dialect'
import { chatMessages } from './chat-messages'
import { systemMessage } from './chat-parts'
import { reasoningOf } from './chat-reasoning'
import { toolMembers } from './chat-tools'
import { isClosed } from './closed-schema'

/** A Messages request as OpenAI's chat request. */
export interface Translated {
  chat: Record<string, unknown>
  /** Parameters that mean nothing where it goes, by name. */
  dropped: string[]
}

/** Members that an answer without them would not be what was asked for. */
const REFUSED = new Set(['container', 'mcp_servers', 'fallbacks'])
const MAPPED = new Set([
  'model',
  'max_tokens',
  'messages',
  'system',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'metadata',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'service_tier',
])
const EXTENDED = new Set(['top_k', 'cache_control'])

/**
 * Anthropic's request in the words of OpenAI's, for every vendor that is not asked in Anthropic's own. Throws GatewayError
 * naming the field for what is no such request, and `unsupported_parameter` for what nobody else has.
 */
export function toChat(value: unknown, dialect: ChatDialect): Translated {
  const body = field.required(field.object(value, 'body'), 'body')
  const dropped: Drops = new Set(othersIn(body, dialect))
  const stream = field.boolean(body.stream, 'stream') ?? false
  const system = systemMessage(body.system, 'system', dialect, dropped)
  const chat = withoutAbsent({
    model: body.model,
    messages: [...(system ? [system] : []), ...chatMessages(body.messages, dialect, dropped)],
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
    max_completion_tokens: field.integer(body.max_tokens, 'max_tokens', 1, Number.MAX_SAFE_INTEGER),
    stop: stopOf(body.stop_sequences),
    temperature: field.decimal(body.temperature, 'temperature', 0, 1),
    top_p: field.decimal(body.top_p, 'top_p', 0, 1),
    user: userOf(field.object(body.metadata, 'metadata')),
    service_tier: tierOf(body.service_tier),
    reasoning_effort: reasoningOf(body, dialect, dropped),
    response_format: formatOf(field.object(body.output_config, 'output_config')?.format),
    ...toolMembers(body, dialect, dropped),
    ...(dialect.isExtended && {
      top_k: body.top_k ?? undefined,
      cache_control: body.cache_control ?? undefined,
    }),
  })
  return { chat, dropped: [...dropped] }
}

/** Names what is left out. Throws for what cannot be. */
function othersIn(body: Record<string, unknown>, { isExtended }: ChatDialect): string[] {
  return Object.entries(body).flatMap(([name, value]) => {
    if (value === null || MAPPED.has(name) || (isExtended && EXTENDED.has(name))) return []
    if (REFUSED.has(name)) throw field.unsupported(name, 'this model is not served by Anthropic')
    return [name]
  })
}

/** OpenAI takes no longer name: a longer one is sent as its hash, which is another name for the same user. */
const MOST_USER_CHARACTERS = 64

function userOf(metadata: Record<string, unknown> | undefined): string | undefined {
  const user = field.string(metadata?.user_id, 'metadata.user_id')
  if (user === undefined || user.length <= MOST_USER_CHARACTERS) return user
  return new Bun.CryptoHasher('sha256').update(user).digest('hex')
}

function stopOf(value: unknown): string[] | undefined {
  const sequences = field.array(value, 'stop_sequences')
  if (!sequences || sequences.length === 0) return undefined
  return sequences.map((stop, index) =>
    field.required(field.string(stop, `stop_sequences[${index}]`), `stop_sequences[${index}]`),
  )
}

function tierOf(value: unknown): string | undefined {
  const tier = field.oneOf(value, 'service_tier', ['auto', 'standard_only'] as const)
  return tier === 'standard_only' ? 'default' : tier
}

function formatOf(value: unknown): object | undefined {
  const at = 'output_config.format'
  const format = field.object(value, at)
  if (!format) return undefined
  field.required(field.oneOf(format.type, `${at}.type`, ['json_schema'] as const), `${at}.type`)
  const schema = field.required(field.object(format.schema, `${at}.schema`), `${at}.schema`)
  return { type: 'json_schema', json_schema: { name: 'answer', schema, strict: isClosed(schema) } }
}
