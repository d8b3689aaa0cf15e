import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { RateLimitError } from 'openai'
import { newKey } from '../../src/auth/key-format'
import type { RateLimits } from '../../src/db/limits'
import { anyCaller } from '../auth/any-caller'
import { chat } from '../vendor/chat'
import { ASK, type Scripted, startScripted, UPSTREAM } from './scripted'

setDefaultTimeout(30_000)

let sdk: Scripted
beforeAll(async () => {
  sdk = await startScripted()
})
afterAll(() => sdk.stop())

function limitedKey(limits: Partial<RateLimits>): string {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  sdk.gateway.keyring.put(anyCaller(key, { limits: { rpm: null, tpm: null, concurrency: null, ...limits } }))
  return key
}

test('the official client sees how far the limits are used', async () => {
  const openai = sdk.client({ apiKey: limitedKey({ rpm: 100, tpm: 50_000 }) })
  const { response } = await openai.chat.completions.create(ASK).withResponse()
  expect(response.headers.get('x-ratelimit-limit-requests')).toBe('100')
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('99')
  expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+ms$/)
  expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('50000')
  const streamed = await openai.chat.completions.create({ ...ASK, stream: true }).withResponse()
  expect(streamed.response.headers.get('x-ratelimit-remaining-requests')).toBe('98')
  for await (const _ of streamed.data) {
    // Read to its end.
  }
})

test('the official client tells a limit from a budget, and waits as long as it is told', async () => {
  const apiKey = limitedKey({ rpm: 60 })
  const openai = sdk.client({ apiKey })
  let error: unknown
  for (let count = 0; count < 300 && !error; count++)
    await openai.chat.completions.create(ASK).catch(refusal => {
      error = refusal
    })
  expect(error).toBeInstanceOf(RateLimitError)
  expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'requests' })
  const before = sdk.gateway.records.length
  const answer = await sdk.client({ apiKey, maxRetries: 2 }).chat.completions.create(ASK)
  expect(answer.choices).toHaveLength(1)
  // Refused once at most: it waited until there was one more.
  expect(sdk.gateway.records.length - before).toBeLessThanOrEqual(2)
})

test('the official client comes again for a place that was taken', async () => {
  const apiKey = limitedKey({ concurrency: 1 })
  await sdk.vendor.script(UPSTREAM, [{ wait: 500 }, ...chat({ stream: false })], chat({ stream: false }))
  const first = sdk.client({ apiKey }).chat.completions.create(ASK)
  await sdk.vendor.waitForCall(UPSTREAM, 1)
  const second = sdk.client({ apiKey, maxRetries: 2 }).chat.completions.create(ASK)
  expect((await first).choices).toHaveLength(1)
  expect((await second).choices).toHaveLength(1)
  await sdk.vendor.clear()
})

test('the official client does not repeat a prompt that no wait makes small enough', async () => {
  const openai = sdk.client({ apiKey: limitedKey({ tpm: 10 }), maxRetries: 2 })
  const before = sdk.gateway.records.length
  const messages = [{ role: 'user' as const, content: 'word '.repeat(100) }]
  const error = await openai.chat.completions.create({ model: 'm', messages }).catch(error => error)
  expect(error).toMatchObject({ status: 429, type: 'tokens' })
  expect(sdk.gateway.records.length - before).toBe(1)
})
