import { emptyArray, oneOf, required, wrongType } from './field'
import type { JsonReader } from './json-reader'
import { type JsonRequest, jsonRequest, memberValue, readMembers } from './json-request'

/** A request for embeddings. */
export interface EmbeddingRequest extends JsonRequest {
  /** How many texts are to be embedded; each may fill the model's context. */
  inputs: number
  format: 'float' | 'base64'
}

/** Reads a request for embeddings. Throws GatewayError naming the field for whatever cannot be one. */
export function readEmbeddingRequest(body: Uint8Array): EmbeddingRequest {
  let inputs: number | undefined
  const members = readMembers(body, (key, reader) => {
    if (key !== 'input') return false
    inputs = countInputs(reader, 'input')
    return true
  })
  const request = jsonRequest(body, members, false)
  const format = oneOf(memberValue(members, 'encoding_format'), 'encoding_format', ['float', 'base64'])
  return { ...request, inputs: required(inputs, 'input'), format: format ?? 'float' }
}

/**
 * How many prompts a value is: a text or a list of tokens is one, a list of these is as many. Undefined for null. Throws
 * `invalid_type` or `empty_array`.
 */
export function countInputs(reader: JsonReader, param: string): number | undefined {
  const kind = reader.kind()
  if (kind === 'string') {
    reader.skip()
    return 1
  }
  if (kind === 'array') return countElements(reader, param)
  const span = reader.skip()
  if (kind === 'other' && reader.value(span) === null) return undefined
  throw wrongType(param, WANTED)
}

function countElements(reader: JsonReader, param: string): number {
  let isTokens = false
  const count = reader.array(() => {
    const kind = reader.kind()
    isTokens ||= kind === 'other'
    if (kind === 'object') throw wrongType(param, WANTED)
    reader.skip()
  })
  if (count === 0) throw emptyArray(param)
  return isTokens ? 1 : count
}

const WANTED = 'a string, an array of strings, or an array of tokens'
