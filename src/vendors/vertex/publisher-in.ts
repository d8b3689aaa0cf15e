import type { Publisher } from './publisher'

/** Whose dialect a body is written in. An error alone is Google's: that is who answers. */
export function publisherIn(body: Record<string, unknown>): Publisher {
  if (typeof body.type === 'string') return 'anthropic'
  return 'choices' in body || typeof body.object === 'string' ? 'other' : 'google'
}
