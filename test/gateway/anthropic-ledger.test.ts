import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { claude, JSON_HEAD, MESSAGE, postMessages, startMixed } from './messages-text'
import type { TestGateway } from './start-gateway'

/** The vendor keeps its own bill while it sends: its prompt from the beginning, each word when it leaves. */
const WORDS = ['one', ' two', ' three', ' four', ' five', ' six']
const PROMPT = { inputTokens: 30, cachedInputTokens: 20 }
/** Steps before the first word: head, message_start, the block's start, a ping. */
const FIRST_WORD = 4

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startMixed({ vendors: { anthropic: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})

function billed(steps: Step[]): Step[] {
  return steps.map((step, index) => {
    if (!('chunk' in step)) return step
    if (index === 1) return { ...step, bill: PROMPT }
    return step.chunk.includes('text_delta') ? { ...step, tokens: 1 } : step
  })
}

/** The same call by either client: Anthropic's, whose bytes pass, and OpenAI's, whose answer is translated. */
const CLIENTS = {
  '/v1/messages': (stream: boolean, signal?: AbortSignal) =>
    postMessages(
      gateway,
      { model: 'm', max_tokens: 100, stream, messages: [{ role: 'user', content: 'Hi' }] },
      {},
      signal && { signal },
    ),
  '/v1/chat/completions': (stream: boolean, signal?: AbortSignal) =>
    gateway.chat({ model: 'm', stream, messages: [{ role: 'user', content: 'Hi' }] }, signal && { signal }),
}

async function bothBooks() {
  const record = await gateway.record()
  const bills = await vendor.bill()
  expect([gateway.records.length, bills.length]).toEqual([1, 1])
  return { record, bill: bills[0]! }
}

async function forget() {
  await gateway.forgetRecords()
  await vendor.clear()
}

describe.each(Object.entries(CLIENTS))('%s', (_path, post) => {
  test('what is told whole is billed as the vendor bills it, to the token', async () => {
    for (const words of [WORDS.slice(0, 1), WORDS]) {
      await forget()
      await vendor.script('m-2026-01', billed(claude(words)))
      await (await post(true)).text()
      const { record, bill } = await bothBooks()
      expect(record).toMatchObject({ outcome: 'ok', usageSource: 'vendor' })
      expect(record.usage).toMatchObject({ ...PROMPT, outputTokens: words.length })
      expect(bill).toMatchObject({ ...PROMPT, outputTokens: words.length })
    }
    await forget()
    const answer = { text: JSON.stringify(MESSAGE), tokens: 4, bill: PROMPT }
    await vendor.script('m-2026-01', [JSON_HEAD, answer])
    await (await post(false)).text()
    const { record, bill } = await bothBooks()
    expect(record.usage).toMatchObject({ ...PROMPT, outputTokens: 4 })
    expect(bill).toMatchObject({ ...PROMPT, outputTokens: 4 })
  })

  test('whoever leaves after any word is billed once: the vendor’s own prompt, and the words that were seen', async () => {
    for (let words = 1; words <= WORDS.length; words++) {
      await forget()
      const steps = billed(claude(WORDS)).slice(0, FIRST_WORD + words)
      await vendor.script('m-2026-01', [...steps, { stall: true }])
      const leaving = new AbortController()
      const response = await post(true, leaving.signal)
      await readUntil(response, WORDS[words - 1]!.trim())
      leaving.abort()
      const { record, bill } = await bothBooks()
      expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'mixed' })
      expect(record.usage).toMatchObject(PROMPT)
      // A word of these is a token, of whichever tokenizer.
      expect([record.usage!.outputTokens, bill.outputTokens]).toEqual([words, words])
    }
  })

  test('a stream that the vendor breaks after any word is billed the same way', async () => {
    for (const words of [1, 3, 6]) {
      await forget()
      const steps = billed(claude(WORDS)).slice(0, FIRST_WORD + words)
      await vendor.script('m-2026-01', [...steps, { reset: true }])
      await (await post(true)).text().catch(() => '')
      const { record, bill } = await bothBooks()
      expect(record).toMatchObject({ outcome: 'error', usageSource: 'mixed' })
      expect(record.usage).toMatchObject({ ...PROMPT, outputTokens: words })
      expect(bill.outputTokens).toBe(words)
    }
  })
})

async function readUntil(response: Response, word: string): Promise<void> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ''; !text.includes(word); ) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the stream ended before '${word}'`)
    text += value
  }
}
