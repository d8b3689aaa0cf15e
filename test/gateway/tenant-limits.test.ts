import { expect, test } from 'bun:test'
import type { RateLimits } from '../../src/db/limits'
import { newId } from '../../src/lib/id'
import { chat } from '../vendor/chat'
import { limitedKey, limitsOf, NONE } from './limited'
import { postTo } from './routes'
import { standingWorld } from './standing-world'
import { refusalOf } from './start-endpoint'

const world = standingWorld('acme')

function limitedTenant(limits: Partial<RateLimits>): string {
  const tenantId = newId()
  world.gateway.tenants.put({ tenantId, limits: { ...NONE, ...limits }, budget: null, version: 1 })
  return tenantId
}

/** A key that has no limits but its tenant's. */
const unlimitedKey = (tenantId: string) => limitedKey(world.gateway, {}, { tenantId, limits: null })

const ask = (key: string, maxTokens = 10) =>
  postTo(world.gateway, 'chat/completions', key, {
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: maxTokens,
  })

/** A request that is under way until `end` is called; those that come after it are answered at once. */
async function open(key: string, maxTokens?: number) {
  await world.vendor.script(
    'm-2026-01',
    [{ gate: 'end' }, ...chat({ stream: false })],
    chat({ stream: false }),
  )
  const asking = ask(key, maxTokens)
  await world.vendor.waitForCall('m-2026-01')
  return {
    async end() {
      await world.vendor.open('end')
      const response = await asking
      expect(response.status).toBe(200)
      return response
    },
  }
}

const usedBy = async (...requests: number[]) => {
  let used = 0
  for (const count of requests) {
    const { usage } = await world.gateway.record(count)
    used += usage!.inputTokens + usage!.outputTokens
  }
  return used
}
const tokensLeft = (response: Response) => Number(limitsOf(response)['x-ratelimit-remaining-tokens'])

test('the keys of a tenant share its tokens; another tenant has its own', async () => {
  const [tenantId, elsewhere] = [limitedTenant({ tpm: 1_000 }), limitedTenant({ tpm: 1_000 })]
  const [one, other] = [unlimitedKey(tenantId), unlimitedKey(tenantId)]
  const stranger = unlimitedKey(elsewhere)
  const { end } = await open(one, 900)
  const refused = await ask(other, 200)
  expect(limitsOf(refused)['x-ratelimit-limit-tokens']).toBe('1000')
  expect(tokensLeft(refused)).toBeLessThan(100)
  expect(Number(refused.headers.get('retry-after-ms'))).toBeGreaterThan(0)
  expect(await refusalOf(refused)).toMatchObject({
    status: 429,
    type: 'tokens',
    code: 'rate_limit_exceeded',
    message: expect.stringMatching(
      /^Rate limit of this account reached for tokens per minute \(TPM\): limit 1000/,
    ),
  })
  expect(await world.gateway.record(1)).toMatchObject({ outcome: 'rejected', status: 429, attempts: [] })
  const untouched = await ask(stranger, 900)
  expect([untouched.status, tokensLeft(untouched)]).toEqual([200, 1_000 - (await usedBy(2))])
  // What was set aside and not used is there again, for the other key too.
  expect(tokensLeft(await end())).toBe(1_000 - (await usedBy(3)))
  const after = await ask(other, 200)
  expect([after.status, tokensLeft(after)]).toEqual([200, 1_000 - (await usedBy(3, 4))])
})

test('a key’s own tokens are told where there are fewer of them, and its tenant’s go down with them', async () => {
  const tenantId = limitedTenant({ tpm: 1_000 })
  const tight = limitedKey(world.gateway, { tpm: 500 }, { tenantId })
  const wide = limitedKey(world.gateway, { tpm: 5_000 }, { tenantId })
  await world.vendor.script('m-2026-01', chat({ stream: false }))
  const first = await ask(tight)
  expect([limitsOf(first)['x-ratelimit-limit-tokens'], tokensLeft(first)]).toEqual([
    '500',
    500 - (await usedBy(1)),
  ])
  const second = await ask(wide)
  expect([limitsOf(second)['x-ratelimit-limit-tokens'], tokensLeft(second)]).toEqual([
    '1000',
    1_000 - (await usedBy(1, 2)),
  ])
})

test('the keys of a tenant share its places; another tenant has its own', async () => {
  const [tenantId, elsewhere] = [limitedTenant({ concurrency: 1 }), limitedTenant({ concurrency: 1 })]
  const one = unlimitedKey(tenantId)
  const other = limitedKey(world.gateway, { concurrency: 1, rpm: 10 }, { tenantId })
  const stranger = unlimitedKey(elsewhere)
  const { end } = await open(one)
  const refused = await ask(other)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refusalOf(refused)).toMatchObject({
    status: 429,
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: expect.stringMatching(
      /^Rate limit of this account reached for requests at the same time: limit 1\./,
    ),
  })
  expect(await world.gateway.record(1)).toMatchObject({ outcome: 'rejected', status: 429, attempts: [] })
  expect((await ask(stranger)).status).toBe(200)
  await end()
  // What the tenant's limit refused took neither a place nor a request of the key's own.
  const after = await ask(other)
  expect([after.status, limitsOf(after)['x-ratelimit-remaining-requests']]).toEqual([200, '9'])
})

test('so many requests of a tenant are under way at once, whichever of its keys they come with', async () => {
  const tenantId = limitedTenant({ concurrency: 2 })
  const keys = [1, 2, 3].map(() => unlimitedKey(tenantId))
  await world.vendor.script('m-2026-01', [{ gate: 'end' }, ...chat({ stream: false })])
  const [first, second, third] = keys as [string, string, string]
  const open = [ask(first), ask(second)]
  await world.vendor.waitForCall('m-2026-01', 2)
  for (const key of keys) expect((await ask(key)).status).toBe(429)
  await world.vendor.open('end')
  for (const response of await Promise.all(open)) expect(response.status).toBe(200)
  expect((await ask(third)).status).toBe(200)
  expect(await world.vendor.calls()).toHaveLength(3)
})
