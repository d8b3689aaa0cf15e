import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { type DemoVendor, startDemoVendor } from '../../src/demo/server'
import { countTokens } from '../../src/demo/tokens'

let vendor: DemoVendor
let openai: OpenAI
beforeAll(() => {
  vendor = startDemoVendor({ paceMs: 1 })
  openai = new OpenAI({ baseURL: vendor.url, apiKey: 'any', maxRetries: 0 })
})
afterAll(() => vendor.stop())

const model = 'demo-2026-11'
const ask = (content: string) => [{ role: 'user' as const, content }]

test('answers with text that says what it is, how long the question was, and nothing of the question', async () => {
  const answer = await openai.chat.completions.create({ model, messages: ask('What is a zebra?') })
  const content = answer.choices[0]?.message.content
  expect(content).toContain('demo vendor')
  expect(content).toContain('16 characters')
  expect(content).toContain('1 message.')
  expect(content).not.toContain('zebra')
  expect(answer).toMatchObject({
    object: 'chat.completion',
    model,
    choices: [{ finish_reason: 'stop', logprobs: null }],
  })
  expect(answer.usage?.completion_tokens).toBe(countTokens(content!))
  expect(answer.usage?.total_tokens).toBe(answer.usage!.prompt_tokens + answer.usage!.completion_tokens)
})

test('names the point version, whichever name was asked for', async () => {
  const answer = await openai.chat.completions.create({ model: 'demo', messages: ask('hi') })
  expect(answer.model).toBe('demo-2026-11')
  expect((await openai.models.list()).data.map(({ id }) => id)).toEqual([
    'demo-2026-11',
    'demo-reasoning-2026-11',
  ])
  expect((await openai.models.retrieve('demo-2026-11')).owned_by).toBe('demo')
  const unknown = await openai.models.retrieve('nope').catch((error: unknown) => error)
  expect(unknown).toMatchObject({ status: 404, code: 'model_not_found' })
})

test('the same seed and request give the same text, another seed another', async () => {
  const create = async (seed: number) =>
    (await openai.chat.completions.create({ model, messages: ask('hi'), seed, n: 4 })).choices.map(
      ({ message }) => message.content,
    )
  const [one, again, other] = [await create(1), await create(1), await create(2)]
  expect(one).toEqual(again)
  expect(one).not.toEqual(other)
})

test('never says a stop sequence, and bills nothing after it', async () => {
  const create = (stop: string[] | null) =>
    openai.chat.completions.create({ model, messages: ask('hi'), seed: 1, stop })
  const whole = (await create(null)).choices[0]?.message.content
  const cut = await create(['model', ' vendor'])
  expect(whole).toContain(' vendor')
  expect(cut.choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { content: whole!.slice(0, whole!.indexOf(' vendor')) },
  })
  expect(cut.usage?.completion_tokens).toBe(countTokens(cut.choices[0]!.message.content!))
})

test('stops at the limit of tokens under either name', async () => {
  for (const limit of [{ max_tokens: 5 }, { max_completion_tokens: 5 }]) {
    const answer = await openai.chat.completions.create({ model, messages: ask('hi'), ...limit })
    expect(answer.choices[0]?.finish_reason).toBe('length')
    expect(answer.usage?.completion_tokens).toBe(5)
  }
})

test('gives n answers and bills their sum', async () => {
  const answer = await openai.chat.completions.create({ model, messages: ask('demo:tokens=7'), n: 3 })
  expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2])
  expect(answer.usage?.completion_tokens).toBe(21)
})

test('says the probability of every token', async () => {
  const answer = await openai.chat.completions.create({
    model,
    messages: ask('demo:tokens=3'),
    logprobs: true,
    top_logprobs: 2,
  })
  const [choice] = answer.choices
  const tokens = choice!.logprobs!.content!
  expect(tokens.map(({ token }) => token).join('')).toBe(choice!.message.content!)
  for (const { token, logprob, bytes, top_logprobs } of tokens) {
    expect(Buffer.from(bytes!).toString()).toBe(token)
    expect(logprob).toBeLessThanOrEqual(0)
    expect(top_logprobs).toHaveLength(2)
    expect(top_logprobs[0]).toMatchObject({ token, logprob })
    expect(top_logprobs[1]!.logprob).toBeLessThan(logprob)
  }
  const bare = await openai.chat.completions.create({ model, messages: ask('demo:tokens=1'), logprobs: true })
  expect(bare.choices[0]?.logprobs?.content?.[0]?.top_logprobs).toEqual([])
})

test('counts thinking as output, and spends the limit on it first', async () => {
  const messages = ask('demo:tokens=4')
  const reasoning = (fields: object) =>
    openai.chat.completions.create({ model: 'demo-reasoning-2026-11', messages, ...fields })
  const usual = await reasoning({})
  expect(usual.usage).toMatchObject({
    completion_tokens: 36,
    completion_tokens_details: { reasoning_tokens: 32 },
  })
  expect((await reasoning({ reasoning_effort: 'low' })).usage?.completion_tokens).toBe(20)
  expect((await reasoning({ reasoning_effort: 'none' })).usage?.completion_tokens).toBe(4)
  const cut = await reasoning({ max_completion_tokens: 10 })
  expect(cut.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } })
  expect(cut.usage).toMatchObject({
    completion_tokens: 10,
    completion_tokens_details: { reasoning_tokens: 10 },
  })
})

test('counts the beginning of a long prompt as cached the second time', async () => {
  const content = `${'word '.repeat(2000)} ${crypto.randomUUID()}`
  const create = async (text: string) =>
    (await openai.chat.completions.create({ model, messages: ask(text) })).usage!
  const first = await create(content)
  const second = await create(content)
  expect(first.prompt_tokens_details?.cached_tokens).toBe(0)
  expect(second.prompt_tokens_details?.cached_tokens).toBe(1920)
  expect(second.prompt_tokens).toBe(first.prompt_tokens)
  expect((await create('demo:cached=5')).prompt_tokens_details?.cached_tokens).toBe(5)
  const short = await create('demo:cached=5000')
  expect(short.prompt_tokens_details?.cached_tokens).toBe(short.prompt_tokens)
})

test('looks at pictures without seeing them', async () => {
  const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
  const create = (content: OpenAI.ChatCompletionContentPart[]) =>
    openai.chat.completions.create({ model, messages: [{ role: 'user', content }] })
  const text = { type: 'text' as const, text: 'what is it?' }
  const [without, with_] = [await create([text]), await create([text, image])]
  expect(with_.choices[0]?.message.content).toContain('with 1 image')
  expect(with_.usage!.prompt_tokens - without.usage!.prompt_tokens).toBe(85)
})

test('stops working when the caller leaves', async () => {
  const leave = new AbortController()
  const pending = openai.chat.completions.create(
    { model, messages: ask('demo:slow') },
    { signal: leave.signal },
  )
  const failure = pending.catch((error: unknown) => error)
  for (let tries = 0; tries < 100 && vendor.active() === 0; tries++) await Bun.sleep(5)
  expect(vendor.active()).toBe(1)
  leave.abort()
  expect(await failure).toBeInstanceOf(OpenAI.APIUserAbortError)
  for (let tries = 0; tries < 100 && vendor.active() > 0; tries++) await Bun.sleep(5)
  expect(vendor.active()).toBe(0)
})
