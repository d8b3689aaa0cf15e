import { isObject } from '../../lib/object'
import type { CacheMark } from '../../wire/chat-body'
import type { CacheControl } from './block'

/** Anthropic keeps for five minutes or for an hour; a caller's longer wish is an hour. */
const HOUR = new Set(['1h', '30m', '12h', '24h'])

function cacheControl({ ttl }: CacheMark): CacheControl {
  return ttl !== undefined && HOUR.has(ttl) ? { type: 'ephemeral', ttl: '1h' } : { type: 'ephemeral' }
}

/** A member to spread into what is marked; nothing where it is not. */
export function cacheMember(cache: CacheMark | undefined): { cache_control?: CacheControl } {
  return cache ? { cache_control: cacheControl(cache) } : {}
}

/**
 * The mark of the request as a whole, with which the vendor marks the last block itself: Anthropic's own
 * `cache_control`, or OpenAI's `prompt_cache_options` of mode `implicit`. `explicit` means the parts' own marks alone.
 */
export function wholeCacheMember(rest: Record<string, unknown>): { cache_control?: CacheControl } {
  const own = rest.cache_control
  if (isObject(own)) return cacheMember({ ...(typeof own.ttl === 'string' && { ttl: own.ttl }) })
  const options = rest.prompt_cache_options
  if (!isObject(options) || options.mode !== 'implicit') return {}
  return cacheMember({ ...(typeof options.ttl === 'string' && { ttl: options.ttl }) })
}
