import { expect } from 'bun:test'
import type { Caller } from '../../src/auth/caller'
import { hashKey, newKey } from '../../src/auth/key-format'
import type { RateLimits } from '../../src/db/limits'
import { anyCaller } from '../auth/any-caller'
import type { TestGateway } from './start-gateway'

export const NONE: RateLimits = { rpm: null, tpm: null, concurrency: null }

/** A key that the gateway knows, with these limits. */
export function limitedKey(
  { keyring }: TestGateway,
  limits: Partial<RateLimits>,
  change: Partial<Caller> = {},
): string {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  keyring.put(anyCaller(key, { limits: { ...NONE, ...limits }, ...change }))
  return key
}

/** What an answer says of the limits. */
export function limitsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-ratelimit-')))
}

/** How many tokens a key may use yet, by a clock that stands still. */
export function tokensLeft({ keyring, limits, deps }: TestGateway, key: string): number {
  const lot = limits.rates.lots.get(keyring.known(hashKey(key))!.keyId)
  return lot!.tokens!.remaining(deps.clock.now())
}

/** How many tokens all requests used that have ended, by their records. */
export function tokensUsed({ records }: TestGateway): number {
  return records.reduce((sum, { usage }) => sum + (usage ? usage.inputTokens + usage.outputTokens : 0), 0)
}

/** One request at a time. */
export const LIMITS = { rpm: 10, tpm: 1_000_000, concurrency: 1 }

/** The headers say of a key with these limits that so much is left. */
export function expectTold(response: Response, requests: number, tokens: number): void {
  expect(limitsOf(response)).toEqual({
    'x-ratelimit-limit-requests': '10',
    'x-ratelimit-remaining-requests': String(requests),
    'x-ratelimit-reset-requests': `${(10 - requests) * 6}s`,
    'x-ratelimit-limit-tokens': '1000000',
    'x-ratelimit-remaining-tokens': String(tokens),
    'x-ratelimit-reset-tokens': expect.stringMatching(/^\d+(ms|(\.\d+)?s)$/),
  })
}
