import { expect, setDefaultTimeout, test } from 'bun:test'
import { hashKey } from '../../src/auth/key-format'
import { newId } from '../../src/lib/id'
import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'
import { limitedKey, limitsOf, NONE, tokensLeft } from './limited'
import { postTo } from './routes'
import { standingWorld } from './standing-world'
import { ASK, line, STREAM_HEAD } from './stream-text'

setDefaultTimeout(120_000)

const world = standingWorld('first', 'second')

const ask = (key: string, body: object = {}, signal?: AbortSignal) =>
  fetch(`${world.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...ASK, stream: false, ...body }),
    ...(signal && { signal }),
  })
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: Record<string, unknown> }).error
const free = (key: string) => async () => {
  const response = await ask(key)
  await response.text()
  return response.status !== 429
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 90_000; performance.now() < end; await Bun.sleep(5))
    if (await isSo()) return
  throw new Error('it never became so')
}

test('so many requests a minute at once, then one by one; each answer says how many are left', async () => {
  const key = limitedKey(world.gateway, { rpm: 2 })
  const first = await ask(key)
  expect(limitsOf(first)).toEqual({
    'x-ratelimit-limit-requests': '2',
    'x-ratelimit-remaining-requests': '1',
    'x-ratelimit-reset-requests': '30s',
  })
  expect((await ask(key, { stream: true })).headers.get('x-ratelimit-remaining-requests')).toBe('0')
  const refused = await ask(key)
  expect(refused.status).toBe(429)
  expect(Object.fromEntries(refused.headers)).toMatchObject({
    'retry-after': '30',
    'retry-after-ms': '30000',
    'x-ratelimit-limit-requests': '2',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1m0s',
  })
  expect(await errorOf(refused)).toEqual({
    message:
      'Rate limit of this API key reached for requests per minute (RPM): limit 2. Please try again in 30s.',
    type: 'requests',
    code: 'rate_limit_exceeded',
    param: null,
  })
  world.clock.time += 29_999
  expect((await ask(key)).status).toBe(429)
  world.clock.time += 1
  expect((await ask(key)).status).toBe(200)
})

test('a refusal by a limit is recorded as rejected, and reaches no vendor', async () => {
  const key = limitedKey(world.gateway, { rpm: 1 })
  await (await ask(key)).text()
  const calls = (await world.vendor.calls()).length
  await world.gateway.forgetRecords()
  expect((await ask(key)).status).toBe(429)
  expect(await world.gateway.record()).toMatchObject({
    outcome: 'rejected',
    status: 429,
    errorCode: 'rate_limit_exceeded',
    costPicoUsd: 0n,
    usage: null,
    attempts: [],
  })
  expect((await world.vendor.calls()).length).toBe(calls)
})

test('a place that is taken is a refusal of its own, with the same headers', async () => {
  const key = limitedKey(world.gateway, { concurrency: 1, rpm: 10 })
  await world.vendor.script('m-2026-01', [{ wait: 300 }, ...chat({ stream: false })])
  const open = ask(key)
  await world.vendor.waitForCall('m-2026-01')
  const refused = await ask(key)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(Number(refused.headers.get('retry-after-ms'))).toBeGreaterThan(0)
  expect(refused.headers.get('x-should-retry')).toBeNull()
  expect(limitsOf(refused)['x-ratelimit-limit-requests']).toBe('10')
  expect(await errorOf(refused)).toMatchObject({
    message: expect.stringMatching(
      /^Rate limit of this API key reached for requests at the same time: limit 1\./,
    ),
    type: 'requests',
    code: 'rate_limit_exceeded',
    param: null,
  })
  expect((await open).status).toBe(200)
})

test('tokens are set aside by the estimate and put right by what was used', async () => {
  const key = limitedKey(world.gateway, { tpm: 1_000 })
  await world.vendor.script('m-2026-01', [{ wait: 300 }, ...chat({ tokens: 7 })])
  const open = ask(key, { stream: true, max_tokens: 900 })
  await world.vendor.waitForCall('m-2026-01')
  const refused = await ask(key, { max_tokens: 200 })
  expect(refused.status).toBe(429)
  expect(await errorOf(refused)).toMatchObject({ type: 'tokens', code: 'rate_limit_exceeded' })
  expect(limitsOf(refused)['x-ratelimit-limit-tokens']).toBe('1000')
  expect(Number(limitsOf(refused)['x-ratelimit-remaining-tokens'])).toBeLessThan(100)
  expect(Number(refused.headers.get('retry-after-ms'))).toBeGreaterThan(0)
  await (await open).text()
  const { usage } = await world.gateway.record(2)
  const used = usage!.inputTokens + usage!.outputTokens
  expect(used).toBeGreaterThan(7)
  await world.vendor.clear()
  const after = await ask(key, { max_tokens: 100 })
  expect(after.status).toBe(200)
  const also = (await world.gateway.record(3)).usage!
  expect(limitsOf(after)['x-ratelimit-remaining-tokens']).toBe(
    String(1_000 - used - also.inputTokens - also.outputTokens),
  )
})

test('tokens of a request that never reached a vendor are there again', async () => {
  const key = limitedKey(world.gateway, { tpm: 1_000 })
  await world.vendor.script('m-2026-01', [
    { status: 400, headers: { 'content-type': 'application/json' } },
    { text: '{"error":{"message":"no"}}' },
  ])
  const refused = await ask(key, { max_tokens: 900 })
  expect(refused.status).toBe(400)
  expect(limitsOf(refused)['x-ratelimit-remaining-tokens']).toBe('1000')
})

test('a request that asks for more than the whole limit takes all of it; one whose prompt alone is larger never can', async () => {
  const key = limitedKey(world.gateway, { tpm: 100 })
  expect((await ask(key, { max_tokens: 5_000 })).status).toBe(200)
  const refused = await ask(key, { messages: [{ role: 'user', content: 'word '.repeat(500) }] })
  expect(refused.status).toBe(429)
  expect(refused.headers.get('x-should-retry')).toBe('false')
  expect(await errorOf(refused)).toMatchObject({ type: 'tokens', code: 'rate_limit_exceeded' })
})

const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }
const EXITS: Record<string, { steps?: Step[]; body?: object; leave?: 'at once' | 'after the first event' }> =
  {
    'an answer': {},
    'a stream': { body: { stream: true } },
    'a body that asks for nothing': { body: { messages: [] } },
    'a model that is not there': { body: { model: 'nothing' } },
    'a vendor that refuses': {
      steps: [{ ...JSON_HEAD, status: 400 }, { text: '{"error":{"message":"no"}}' }],
    },
    'a vendor that fails': { steps: [{ ...JSON_HEAD, status: 500 }, { text: '{"error":{"message":"no"}}' }] },
    'a stream that breaks off': {
      steps: chat({ tokens: 9, cut: { after: 3, how: 'reset' } }),
      body: { stream: true },
    },
    'a caller who leaves before the head': { steps: [{ stall: true }], leave: 'at once' },
    'a caller who leaves a silent stream': {
      steps: [STREAM_HEAD, { stall: true }],
      body: { stream: true },
      leave: 'at once',
    },
    'a caller who leaves in mid-stream': {
      steps: [STREAM_HEAD, { chunk: line({ content: 'a' }) }, { stall: true }],
      body: { stream: true },
      leave: 'after the first event',
    },
  }
for (const [name, { steps, body = {}, leave }] of Object.entries(EXITS))
  test(`the place and the tokens are there again after ${name}`, async () => {
    const key = limitedKey(world.gateway, { concurrency: 1, tpm: 1_000_000 })
    if (steps) await world.vendor.script('m-2026-01', steps)
    const controller = new AbortController()
    const answer = ask(key, body, controller.signal)
    if (leave === 'at once') {
      await world.vendor.waitForCall('m-2026-01')
      expect(await free(key)()).toBe(false)
      controller.abort()
      await answer.catch(() => {})
    } else if (leave) {
      const response = await answer
      await response.body!.getReader().read()
      expect(await free(key)()).toBe(false)
      controller.abort()
    } else await (await answer).text().catch(() => {})
    await world.vendor.clear()
    await until(free(key))
    // What was seen of an answer without figures is counted first.
    await until(() => tokensLeft(world.gateway, key) > 999_000)
  })

test('the keys of a tenant share its limits, and the header tells what is left of the tighter one', async () => {
  const tenantId = newId()
  world.gateway.tenants.put({ tenantId, limits: { ...NONE, rpm: 3 }, budget: null, version: 1 })
  const one = limitedKey(world.gateway, { rpm: 10 }, { tenantId })
  const other = limitedKey(world.gateway, {}, { tenantId, limits: null })
  expect(limitsOf(await ask(one))['x-ratelimit-remaining-requests']).toBe('2')
  expect(limitsOf(await ask(other))['x-ratelimit-remaining-requests']).toBe('1')
  await ask(one)
  for (const key of [one, other]) {
    const refused = await ask(key)
    expect(refused.status).toBe(429)
    expect((await errorOf(refused)).message).toContain('this account')
  }
  world.gateway.tenants.put({ tenantId, limits: null, budget: null, version: 2 })
  // What the tenant's limit refused took nothing of the key's own.
  expect(limitsOf(await ask(one))['x-ratelimit-remaining-requests']).toBe('7')
})

test('refusals are counted by the kind of limit', async () => {
  const [requests, tokens] = [limitedKey(world.gateway, { rpm: 1 }), limitedKey(world.gateway, { tpm: 100 })]
  for (let asked = 0; asked < 3; asked++) await (await ask(requests)).text()
  await (await ask(tokens, { messages: [{ role: 'user', content: 'word '.repeat(500) }] })).text()
  const { refused } = world.gateway.limits.rates
  expect(refused).toEqual({ rpm: 2, tpm: 1, concurrency: 0 })
})

test('a changed limit holds for the next request, a lifted one not at all', async () => {
  const key = limitedKey(world.gateway, { rpm: 2 })
  const caller = world.gateway.keyring.known(hashKey(key))!
  await ask(key)
  world.gateway.keyring.put({ ...caller, version: 2, limits: { ...NONE, rpm: 1 } })
  expect((await ask(key)).status).toBe(429)
  world.gateway.keyring.put({ ...caller, version: 3, limits: null })
  const response = await ask(key)
  expect(response.status).toBe(200)
  expect(limitsOf(response)).toEqual({})
})

test('a refusal is told in the dialect of the route, with the same headers', async () => {
  const key = limitedKey(world.gateway, { rpm: 1 })
  const post = () =>
    fetch(`${world.gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
    })
  const first = await post()
  expect([first.status, limitsOf(first)['x-ratelimit-remaining-requests']]).toEqual([200, '0'])
  await first.text()
  const refused = await post()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
  expect(await refused.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } })
})

test('a prompt for a model that has chats alone is counted as the chat that it becomes', async () => {
  const key = limitedKey(world.gateway, { tpm: 20_000 })
  const complete = (body: object) =>
    postTo(world.gateway, 'completions', key, { model: 'm', prompt: 'Hi', ...body })
  expect((await complete({ max_tokens: 1, max_completion_tokens: 15_000 })).status).toBe(200)
  await world.vendor.script('m-2026-01', [{ gate: 'end' }, ...chat({ stream: false })])
  const asking = complete({ max_tokens: 1, max_completion_tokens: 15_000 })
  await world.vendor.waitForCall('m-2026-01')
  expect(tokensLeft(world.gateway, key)).toBeLessThan(5_000)
  await world.vendor.open('end')
  expect((await asking).status).toBe(200)
})
