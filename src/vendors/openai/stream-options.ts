import { isObject } from '../../lib/object'
import type { Vendor } from '../vendor'

/** Servers that, if they are asked, tell their figures with each chunk: an answer that is cut then has exact ones. */
const TELL_ON_THE_WAY = new Set(['vllm'])

const FINAL_JSON = '{"include_usage":true}'
const RUNNING_JSON = '{"include_usage":true,"continuous_usage_stats":true}'

/** Whether this vendor tells a stream's figures while it lasts. */
export function tellsOnTheWay({ name, kin = name }: Pick<Vendor, 'name' | 'kin'>): boolean {
  return TELL_ON_THE_WAY.has(kin)
}

/**
 * The JSON of a stream's `stream_options`: the caller's own (`given`), with the wish for usage, which is what we bill by, and for
 * figures on the way unless the caller says otherwise. Undefined where nothing is to be changed.
 */
export function streamOptionsFor(
  vendor: Pick<Vendor, 'name' | 'kin'>,
  includesUsage: boolean,
  given: () => unknown,
): string | undefined {
  const isRunning = tellsOnTheWay(vendor)
  if (includesUsage && !isRunning) return undefined
  const own = given()
  if (!isObject(own)) return isRunning ? RUNNING_JSON : FINAL_JSON
  const isSaid = !isRunning || typeof own.continuous_usage_stats === 'boolean'
  return JSON.stringify({
    ...own,
    include_usage: true,
    ...(!isSaid && { continuous_usage_stats: true }),
  })
}
