import * as field from '../wire/field'
import type { ChatDialect, Drops } from './chat-dialect'

/** A block's mark that the prompt up to here is worth keeping, to spread into what it becomes. */
export function markOf(
  block: Record<string, unknown>,
  at: string,
  { isExtended }: ChatDialect,
  dropped: Drops,
): { cache_control?: object } {
  const mark = field.object(block.cache_control, `${at}.cache_control`)
  if (!mark) return {}
  if (isExtended) return { cache_control: mark }
  dropped.add('cache_control')
  return {}
}
