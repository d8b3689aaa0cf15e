import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { ENDPOINTS } from '../../src/catalog/model'
import { newId } from '../../src/lib/id'
import { type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { chat } from '../vendor/chat'
import { speechEvents } from '../vendor/speech'
import type { Step } from '../vendor/step'
import { spokenStream, transcript } from '../vendor/transcript'
import { claude } from './messages-text'
import { ask as form, ORDERS } from './spoken'
import { type Served, startEndpoint } from './start-endpoint'

setDefaultTimeout(30_000)

const PATIENCE_MS = 100
const PRICE = { input: '1', output: '2', audio_minute: '0.006', character: '15', image: '0.04' }

let fresh: FreshDatabase
let openai: Served
let anthropic: Served
beforeAll(async () => {
  fresh = await freshDatabase(hasRealServer ? 'real' : 'embedded')
  openai = await startEndpoint([...ENDPOINTS], PRICE, { database: fresh.db, patienceMs: PATIENCE_MS })
  anthropic = await startEndpoint(['chat.completions'], PRICE, {
    database: fresh.db,
    account: account => ({ ...account, dialect: 'anthropic', conforms: false }),
  })
})
afterAll(async () => {
  for (const { gateway, stop } of [openai, anthropic]) {
    await gateway.deps.replays.stop()
    await stop()
  }
  await fresh.close()
})
afterEach(async () => {
  for (const { gateway, vendor } of [openai, anthropic]) {
    await vendor.clear()
    await gateway.forgetRecords()
  }
})

const HEAD: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }
const CONTENT = [{ role: 'user', content: 'Hi' }]

function written(...words: string[]): Step[] {
  const chunk = (text: string, finish_reason: string | null) => ({
    chunk: `data: ${JSON.stringify({ id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm', choices: [{ text, index: 0, logprobs: null, finish_reason }] })}`,
  })
  return [HEAD, ...words.map(word => chunk(word, null)), chunk('', 'stop'), { chunk: 'data: [DONE]' }]
}

function drawn(...pictures: string[]): Step[] {
  const events = pictures.map((b64_json, index) => {
    const type = index === pictures.length - 1 ? 'completed' : 'partial_image'
    const data = { type: `image_generation.${type}`, b64_json }
    return { chunk: `event: ${data.type}\ndata: ${JSON.stringify(data)}` }
  })
  return [HEAD, ...events]
}

/** All but its end, which comes once the gate is open. */
const held = (steps: Step[]): Step[] => [...steps.slice(0, -2), { gate: 'end' }, ...steps.slice(-2)]

interface Asked {
  path: string
  /** A form is written anew each time, with other bounds between its parts. */
  body: () => object
  steps: Step[]
  /** Among the first one's bytes. */
  has?: string
  of?: () => Served
}

const MESSAGES = {
  path: 'messages',
  body: () => ({ model: 'm', max_tokens: 99, messages: CONTENT, stream: true }),
}
const ASKED: Record<string, Asked> = {
  'a chat, with the comments of a silence': {
    path: 'chat/completions',
    body: () => ({ model: 'm', messages: CONTENT, stream: true }),
    steps: held(chat({ firstMs: 4 * PATIENCE_MS })),
    has: ': keep-alive',
  },
  'messages, translated': { ...MESSAGES, steps: held(chat({ tokens: 40 })) },
  'messages of a vendor of their dialect': {
    ...MESSAGES,
    steps: held(claude(Array.from({ length: 40 }, (_, index) => `word${index} `))),
    of: () => anthropic,
  },
  completions: {
    path: 'completions',
    body: () => ({ model: 'm', prompt: 'Once', stream: true }),
    steps: held(written(' upon', ' a', ' time')),
  },
  'speech in events': {
    path: 'audio/speech',
    body: () => ({ model: 'm', input: 'Hello', voice: 'alloy', stream_format: 'sse' }),
    steps: held(speechEvents(null)),
  },
  pictures: {
    path: 'images/generations',
    body: () => ({ model: 'm', prompt: 'a cat', stream: true, partial_images: 2 }),
    steps: held(drawn('AA==', 'AAA=', 'AAAA')),
  },
  ...Object.fromEntries(
    ORDERS.flatMap(order => [
      [
        `a transcript (${order})`,
        {
          path: 'audio/transcriptions',
          body: () => form(order, { stream: 'true' }),
          steps: held(spokenStream()),
        },
      ],
      [
        `a transcript (${order}) that its vendor gave whole`,
        { path: 'audio/transcriptions', body: () => form(order, { stream: 'true' }), steps: transcript() },
      ],
    ]),
  ),
}

/** What each answer has of its own, and how its bytes are counted out. */
const OWN = new Set([
  'x-request-id',
  'x-callmissed-request-id',
  'request-id',
  'date',
  'transfer-encoding',
  'content-length',
])

/** `begun` is called with its first bytes. */
async function whole(response: Response, begun?: () => Promise<void>) {
  const { status, headers } = response
  const head = [...headers].filter(([name]) => !OWN.has(name))
  const pieces: Uint8Array[] = []
  for await (const piece of response.body!) if (pieces.push(piece) === 1) await begun?.()
  return { status, head, text: Buffer.concat(pieces).toString('latin1') }
}

for (const [name, { path, body, steps, has = 'data: ', of = () => openai }] of Object.entries(ASKED))
  test(`${name}: a stream is given again byte for byte, for one call to the vendor and one charge`, async () => {
    const { gateway, vendor, post } = of()
    await vendor.script('m-2026-01', steps)
    await vendor.script(`/v1/${path}`, steps)
    const idempotencyKey = { headers: { 'idempotency-key': newId() } }
    const answer = await post(path, body(), idempotencyKey)
    expect(answer.headers.get('content-type')).toStartWith('text/event-stream')
    let meanwhile: ReturnType<typeof whole> | undefined
    const first = await whole(answer, async () => {
      meanwhile = post(path, body(), idempotencyKey).then(again => whole(again))
      await vendor.open('end')
    })
    expect(first.status).toBe(200)
    expect(first.text).toContain(has)
    expect(await meanwhile).toEqual(first)
    expect(await whole(await post(path, body(), idempotencyKey))).toEqual(first)
    expect(await vendor.calls()).toHaveLength(1)
    const [paid, ...given] = gateway.records
    expect(paid).toMatchObject({ outcome: 'ok', stream: true, vendor: 'acme' })
    expect(paid!.costPicoUsd > 0n).toBe(true)
    const free = { outcome: 'ok', status: 200, vendor: null, usage: null, costPicoUsd: 0n, attempts: [] }
    expect(given).toMatchObject([free, free])
  })
