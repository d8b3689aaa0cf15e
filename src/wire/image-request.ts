import { boolean, integer, required, string } from './field'
import { type JsonRequest, jsonRequest, memberValue, readMembers } from './json-request'

/** A request for pictures. */
export interface ImageRequest extends JsonRequest {
  /** How many. */
  n: number
  /** Of each, where the caller says a size; else 0. */
  pixels: number
}

const MAX_IMAGES = 128

/** Reads a request for pictures. Throws GatewayError naming the field for whatever cannot be one. */
export function readImageRequest(body: Uint8Array): ImageRequest {
  const members = readMembers(body, () => false)
  const request = jsonRequest(body, members, boolean(memberValue(members, 'stream'), 'stream') ?? false)
  required(string(memberValue(members, 'prompt'), 'prompt'), 'prompt')
  const n = integer(memberValue(members, 'n'), 'n', 1, MAX_IMAGES) ?? 1
  return { ...request, n, pixels: pixelsOf(string(memberValue(members, 'size'), 'size')) }
}

function pixelsOf(size: string | undefined): number {
  const [, width, height] = /^(\d{1,6})x(\d{1,6})$/i.exec(size ?? '') ?? []
  return Number(width ?? 0) * Number(height ?? 0)
}
