import { countInputs } from './embedding-request'
import { boolean, decimal, integer, object, required } from './field'
import { type JsonRequest, jsonRequest, memberValue, readMembers } from './json-request'

/** A request to go on with a text. */
export interface CompletionRequest extends JsonRequest {
  /** The caller asked for a usage chunk. */
  includeUsage: boolean
  /** How many answers are asked for, over all prompts. */
  n: number
  /** How many texts are to be gone on with; each may fill the model's context. */
  prompts: number
  /** The caller's `stream_options`. */
  streamOptions: Record<string, unknown> | undefined
}

const MAX_ANSWERS = 128

/** Reads a request for completions. Throws GatewayError naming the field for whatever cannot be one. */
export function readCompletionRequest(body: Uint8Array): CompletionRequest {
  let prompts: number | undefined
  const members = readMembers(body, (key, reader) => {
    if (key !== 'prompt') return false
    prompts = countInputs(reader, 'prompt')
    return true
  })
  const field = (name: string) => memberValue(members, name)
  const request = jsonRequest(body, members, boolean(field('stream'), 'stream') ?? false)
  const n = integer(field('n'), 'n', 1, MAX_ANSWERS) ?? 1
  const bestOf = integer(field('best_of'), 'best_of', 0, MAX_ANSWERS) ?? 1
  const options = object(field('stream_options'), 'stream_options')
  const includeUsage = boolean(options?.include_usage, 'stream_options.include_usage') ?? false
  request.shape.maxTokens = integer(field('max_tokens'), 'max_tokens', 0, Number.MAX_SAFE_INTEGER) ?? null
  request.shape.temperature = decimal(field('temperature'), 'temperature', 0, 2) ?? null
  const count = required(prompts, 'prompt')
  return {
    ...request,
    includeUsage,
    n: count * Math.max(n, bestOf),
    prompts: count,
    streamOptions: options,
  }
}
