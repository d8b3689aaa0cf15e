import { boolean, integer, required, string } from './field'
import { type JsonRequest, jsonRequest, memberValue, readMembers } from './json-request'

/** A request for pictures. */
export interface ImageRequest extends JsonRequest {
  /** How many. */
  n: number
}

const MAX_IMAGES = 128

/** Reads a request for pictures. Throws GatewayError naming the field for whatever cannot be one. */
export function readImageRequest(body: Uint8Array): ImageRequest {
  const members = readMembers(body, () => false)
  const request = jsonRequest(body, members, boolean(memberValue(members, 'stream'), 'stream') ?? false)
  required(string(memberValue(members, 'prompt'), 'prompt'), 'prompt')
  return { ...request, n: integer(memberValue(members, 'n'), 'n', 1, MAX_IMAGES) ?? 1 }
}
