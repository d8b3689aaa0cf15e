import { expect, test } from 'bun:test'
import { limitResetMs } from '../../src/upstream/limit-reset'

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0)
const DAY_MS = 86_400_000
const openai = (kind: string, remaining: string, reset: string) => ({
  [`x-ratelimit-remaining-${kind}`]: remaining,
  [`x-ratelimit-reset-${kind}`]: reset,
})
const anthropic = (kind: string, remaining: string, reset: string) => ({
  [`anthropic-ratelimit-${kind}-remaining`]: remaining,
  [`anthropic-ratelimit-${kind}-reset`]: reset,
})

const CASES: [headers: Record<string, string>, ms: number | null][] = [
  [{}, null],
  [openai('requests', '0', '6m0s'), 360_000],
  [openai('tokens', '0', '12ms'), 12],
  [openai('requests', '0', '2m59.56s'), 179_560],
  [openai('requests', '0', '4h43m28.384s'), 17_008_384],
  [openai('tokens', '0', '20'), 20_000],
  [openai('tokens', '-3', '1s'), 1_000],
  // That which is left is not what was refused.
  [openai('requests', '5', '6m0s'), null],
  [{ ...openai('requests', '5', '6m0s'), ...openai('tokens', '0', '1s') }, 1_000],
  [{ ...openai('requests', '0', '30s'), ...openai('tokens', '0', '1s') }, 30_000],
  [anthropic('input-tokens', '0', '2026-11-22T10:00:30Z'), 30_000],
  [anthropic('requests', '0', '2026-11-22T09:00:00Z'), 0],
  [openai('requests', '0', '9d'), DAY_MS],
  [openai('requests', '0', 'soon'), null],
  [openai('requests', '0', ''), null],
  [openai('requests', 'none', '1s'), null],
  [openai('requests', '', '1s'), null],
  [openai('requests', '0', '9'.repeat(400)), null],
]
for (const [headers, ms] of CASES)
  test(`${JSON.stringify(headers).slice(0, 110)} is ${ms} ms`, () => {
    expect(limitResetMs(new Headers(headers), NOW)).toBe(ms as number)
  })
