import { isObject } from '../lib/object'
import type { Exchange } from '../upstream/exchange'
import { failureOfContent, failureOfEvent } from '../upstream/failure'
import type { HeaderFields } from '../upstream/transport'

/** An answer larger than this is no answer. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** Breaks a call off whose answer says that it is no JSON. */
export function expectJson(exchange: Exchange, headers: HeaderFields): void {
  const type = headers.get('content-type') ?? 'application/json'
  if (!type.includes('json'))
    exchange.break(failureOfContent('The vendor answered with something that is not JSON.'))
}

/** What is longer says more than what went wrong. */
const MAX_ERROR_BYTES = 64 * 1024

/** Breaks a call off whose answer, with a status of success, is an error. */
export function breakIfError(exchange: Exchange, bytes: Uint8Array): void {
  if (bytes.length > MAX_ERROR_BYTES) return
  const { adapter, vendor } = exchange.target
  const body = parsed(bytes)
  if (isObject(body) && body.error) exchange.break(failureOfEvent(adapter.error(body), vendor.credential))
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.prototype.utf8Slice.call(bytes, 0, bytes.length))
  } catch {
    return undefined
  }
}

/** Whether an answer of this size can still be kept; the call is broken off if not. */
export function hasRoom(exchange: Exchange, size: number): boolean {
  if (size <= MAX_ANSWER_BYTES) return true
  exchange.break(failureOfContent("The vendor's answer is too large."))
  return false
}
