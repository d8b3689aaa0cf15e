import type { Turn as AnyTurn } from '../turns'

/** A content block of a request; what is not named here is of one kind alone. */
export interface Block {
  type: string
  cache_control?: CacheControl
  [member: string]: unknown
}

export interface CacheControl {
  type: 'ephemeral'
  ttl?: '5m' | '1h'
}

export type Turn = AnyTurn<'user' | 'assistant' | 'system', Block>
