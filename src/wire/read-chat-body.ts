import type { ChatBody, ResponseFormat, Tool, ToolChoice } from './chat-body'
import * as field from './field'
import { readMessages } from './read-messages'
import { readFunctionChoice, readFunctions, readToolChoice, readTools } from './read-tools'
import { wellFormed } from './well-formed'
import { withoutAbsent } from './without-absent'

/** An escape that may stand for half a character: the only way for one into valid UTF-8. */
const SURROGATE = /\\u[dD][89a-fA-F]/
const MOST_STOPS = 64

/**
 * A chat request for an adapter that translates it, each field of its type or absent; `null` is absent. These bytes have
 * passed `readChatRequest`. Throws GatewayError (400) naming the field for whatever cannot be mapped.
 */
export function readChatBody(bytes: Uint8Array): ChatBody {
  const text = Buffer.prototype.utf8Slice.call(bytes, 0, bytes.length)
  const parsed: unknown = JSON.parse(text)
  const body = field.object(SURROGATE.test(text) ? wellFormed(parsed) : parsed, 'body') ?? {}
  return { ...members(body), ...toolMembers(body), rest: restOf(body) }
}

function members(body: Record<string, unknown>): Omit<ChatBody, 'rest'> {
  return withoutAbsent({
    model: field.required(field.string(body.model, 'model'), 'model'),
    messages: readMessages(body.messages),
    stream: field.boolean(body.stream, 'stream') ?? false,
    maxTokens:
      count(body.max_completion_tokens, 'max_completion_tokens') ?? count(body.max_tokens, 'max_tokens'),
    temperature: field.decimal(body.temperature, 'temperature', 0, 2),
    topP: field.decimal(body.top_p, 'top_p', 0, 1),
    n: field.integer(body.n, 'n', 1, 128),
    stop: readStop(body.stop),
    seed: field.integer(body.seed, 'seed', -(2 ** 63), 2 ** 63),
    presencePenalty: field.decimal(body.presence_penalty, 'presence_penalty', -2, 2),
    frequencyPenalty: field.decimal(body.frequency_penalty, 'frequency_penalty', -2, 2),
    logprobs: field.boolean(body.logprobs, 'logprobs'),
    topLogprobs: field.integer(body.top_logprobs, 'top_logprobs', 0, 20),
    reasoningEffort: field.string(body.reasoning_effort, 'reasoning_effort'),
    responseFormat: readResponseFormat(body.response_format),
    user: field.string(body.safety_identifier, 'safety_identifier') ?? field.string(body.user, 'user'),
    serviceTier: field.string(body.service_tier, 'service_tier'),
  })
}

/** The deprecated `functions` and `function_call` are tools by another name. */
function toolMembers(body: Record<string, unknown>) {
  const functions = readFunctions(body.functions)
  const tools = readTools(body.tools) ?? functions
  const toolChoice = readToolChoice(body.tool_choice) ?? readFunctionChoice(body.function_call)
  assertChoosable(
    toolChoice,
    tools ?? [],
    (body.tool_choice ?? null) === null ? 'function_call' : 'tool_choice',
  )
  return withoutAbsent({
    tools,
    toolChoice,
    parallelToolCalls: field.boolean(body.parallel_tool_calls, 'parallel_tool_calls'),
    usesFunctions: tools !== undefined && tools === functions ? true : undefined,
  })
}

/** A choice that no answer could keep to is refused; `auto` and `none` are kept without tools too. */
function assertChoosable(choice: ToolChoice | undefined, tools: readonly Tool[], param: string): void {
  if (!choice || choice.mode === 'auto' || choice.mode === 'none') return
  if (tools.length === 0) throw field.invalid(param, 'it is only allowed when tools are specified')
  const names = choice.mode === 'named' ? [choice.name] : choice.mode === 'allowed' ? choice.names : []
  const missing = names.find(name => !tools.some(tool => tool.name === name))
  if (missing !== undefined) throw field.invalid(param, `'${missing.slice(0, 64)}' is not among the tools`)
}

function count(value: unknown, param: string): number | undefined {
  return field.integer(value, param, 1, Number.MAX_SAFE_INTEGER)
}

function readStop(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [stopText(value, 'stop')]
  const given = field.array(value, 'stop')
  if (given === undefined || given.length === 0) return undefined
  if (given.length > MOST_STOPS) throw field.invalid('stop', `more than ${MOST_STOPS} sequences`)
  return given.map((stop, index) => stopText(stop, `stop[${index}]`))
}

function stopText(value: unknown, param: string): string {
  const text = field.required(field.string(value, param), param)
  if (text === '') throw field.invalid(param, 'an empty sequence stops nothing')
  return text
}

function readResponseFormat(value: unknown): ResponseFormat | undefined {
  const format = field.object(value, 'response_format')
  if (!format) return undefined
  const at = 'response_format.type'
  const type = field.required(
    field.oneOf(format.type, at, ['text', 'json_object', 'json_schema'] as const),
    at,
  )
  return type === 'json_schema' ? readSchema(format.json_schema) : { type }
}

function readSchema(value: unknown): ResponseFormat {
  const at = 'response_format.json_schema'
  const given = field.required(field.object(value, at), at)
  return withoutAbsent({
    type: 'json_schema' as const,
    name: field.required(field.string(given.name, `${at}.name`), `${at}.name`),
    description: field.string(given.description, `${at}.description`),
    schema: field.object(given.schema, `${at}.schema`) ?? {},
    strict: field.boolean(given.strict, `${at}.strict`),
  })
}

/** What is not in ChatBody by name. */
function restOf(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => value !== null && !READ.has(name)))
}

const READ = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'n',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'user',
  'service_tier',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
])
