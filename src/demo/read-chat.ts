import { isObject } from '../lib/object'
import type { Chat, Format } from './chat'
import { arrayAt, type Fields, flag, invalid, missing, numberIn, objectAt, oneOf, wrongType } from './field'
import { readFunctionCall, readFunctions } from './function-fields'
import { readMessages } from './messages'
import { findModel } from './models'
import { Refusal } from './refusal'
import { readToolChoice, readTools } from './tool-fields'

const ANY_INTEGER = { low: Number.MIN_SAFE_INTEGER, high: Number.MAX_SAFE_INTEGER }

const EFFORTS = { none: 0, minimal: 8, low: 16, medium: 32, high: 64, xhigh: 128, max: 256 }
const EFFORT_NAMES = Object.keys(EFFORTS) as (keyof typeof EFFORTS)[]

/** Parses and validates a request body; what OpenAI refuses is refused with its status, code and param. */
export function readChat(bytes: Uint8Array): Chat {
  const fields = parse(bytes)
  if (typeof fields.model !== 'string') throw new Refusal('You must provide a model parameter.')
  const model = findModel(fields.model)
  const messages = readMessages(fields)
  numberIn(fields, 'temperature', { low: 0, high: 2 })
  numberIn(fields, 'top_p', { low: 0, high: 1 })
  numberIn(fields, 'presence_penalty', { low: -2, high: 2 })
  numberIn(fields, 'frequency_penalty', { low: -2, high: 2 })
  const stream = flag(fields, 'stream') ?? false
  checkModalities(fields)
  const functions = readFunctions(fields)
  const tools = functions ?? readTools(fields)
  const parallel = flag(fields, 'parallel_tool_calls')
  if (parallel !== undefined && tools.length === 0) throw onlyWith('parallel_tool_calls', 'tools')
  return {
    model: model.id,
    messages,
    stream,
    includeUsage: readIncludeUsage(fields, stream),
    n: numberIn(fields, 'n', { low: 1, high: 128 }, true) ?? 1,
    stop: readStop(fields),
    maxTokens: readMaxTokens(fields),
    topLogprobs: readLogprobs(fields),
    seed: numberIn(fields, 'seed', ANY_INTEGER, true),
    tools,
    toolChoice: readFunctionCall(fields, functions) ?? readToolChoice(fields, tools),
    parallelToolCalls: parallel ?? functions === undefined,
    usesFunctions: functions !== undefined,
    format: readFormat(
      fields,
      messages.map(message => message.text),
    ),
    reasoningTokens: readReasoning(fields, model.reasons),
  }
}

/** To answer in text alone where sound was asked for would look like an answer. */
function checkModalities(fields: Fields): void {
  arrayAt(fields, 'modalities')?.forEach((modality, index) => {
    oneOf(modality, ['text'] as const, `modalities[${index}]`)
  })
}

function parse(bytes: Uint8Array): Fields {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Refusal('The JSON body of the request could not be parsed.')
  }
  if (!isObject(body)) throw new Refusal('The body of the request must be a JSON object.')
  return body
}

function onlyWith(name: string, other: string): Refusal {
  return new Refusal(`'${name}' is only allowed when '${other}' is set.`, { param: name })
}

function readIncludeUsage(fields: Fields, stream: boolean): boolean {
  const options = objectAt(fields, 'stream_options')
  if (options && !stream) throw onlyWith('stream_options', 'stream')
  return (options && flag(options, 'include_usage', 'stream_options.include_usage')) ?? false
}

const MAX_STOPS = 4

function readStop(fields: Fields): string[] {
  const stop = fields.stop ?? []
  if (typeof stop === 'string') return stop === '' ? [] : [stop]
  if (!Array.isArray(stop)) throw wrongType('stop', 'string or array')
  if (fields.stop && stop.length === 0)
    throw invalid('stop', 'empty_array', 'Expected at least one sequence.')
  if (stop.length > MAX_STOPS)
    throw invalid('stop', 'array_above_max_length', `Expected at most ${MAX_STOPS}.`)
  stop.forEach((one, index) => {
    if (typeof one !== 'string') throw wrongType(`stop[${index}]`, 'string')
  })
  return stop.filter(one => one !== '')
}

function readMaxTokens(fields: Fields): number | undefined {
  const range = { low: 1, high: Number.MAX_SAFE_INTEGER }
  const old = numberIn(fields, 'max_tokens', range, true)
  const current = numberIn(fields, 'max_completion_tokens', range, true)
  if (old !== undefined && current !== undefined)
    throw new Refusal("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", {
      code: 'invalid_parameter_combination',
      param: 'max_tokens',
    })
  return current ?? old
}

function readLogprobs(fields: Fields): number | undefined {
  const wanted = flag(fields, 'logprobs')
  const top = numberIn(fields, 'top_logprobs', { low: 0, high: 20 }, true)
  if (top !== undefined && !wanted) throw onlyWith('top_logprobs', 'logprobs')
  return wanted ? (top ?? 0) : undefined
}

function readFormat(fields: Fields, texts: string[]): Format {
  const format = objectAt(fields, 'response_format')
  if (!format) return { type: 'text' }
  const type = oneOf(format.type, ['text', 'json_object', 'json_schema'] as const, 'response_format.type')
  if (type === 'json_object' && !texts.some(text => /json/i.test(text)))
    throw new Refusal("'messages' must mention JSON in some form for a 'response_format' of that type.", {
      param: 'messages',
    })
  if (type !== 'json_schema') return { type }
  const given = objectAt(format, type, 'response_format.json_schema')
  if (!given) throw missing('response_format.json_schema')
  if (typeof given.name !== 'string') throw missing('response_format.json_schema.name')
  return { type, schema: given.schema ?? {} }
}

function readReasoning(fields: Fields, reasons: boolean): number {
  const effort = fields.reasoning_effort ?? undefined
  if (effort === undefined) return reasons ? EFFORTS.medium : 0
  return EFFORTS[oneOf(effort, EFFORT_NAMES, 'reasoning_effort')]
}
