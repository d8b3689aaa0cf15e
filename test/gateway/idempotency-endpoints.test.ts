import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { newId } from '../../src/lib/id'
import { wav } from '../audio'
import { type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { embeddings } from '../vendor/embeddings'
import { speech } from '../vendor/speech'
import { transcript } from '../vendor/transcript'
import { ask as form, ORDERS } from './spoken'
import { type Served, startEndpoint } from './start-endpoint'

setDefaultTimeout(30_000)

let fresh: FreshDatabase
const open: Served[] = []
beforeAll(async () => {
  fresh = await freshDatabase(hasRealServer ? 'real' : 'embedded')
})
afterAll(async () => {
  for (const { gateway, stop } of open) {
    await gateway.deps.replays.stop()
    await stop()
  }
  await fresh.close()
})

async function start(...[endpoints, price]: Parameters<typeof startEndpoint>): Promise<Served> {
  const served = await startEndpoint(endpoints, price, { database: fresh.db })
  open.push(served)
  return served
}
const withKey = (key: string) => ({ headers: { 'idempotency-key': key } })
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code

test('a recording is heard once, in whichever order its form comes, and however its parts are bounded', async () => {
  const { post, vendor } = await start(['audio.transcriptions'], { audio_minute: '0.006' })
  for (const order of ORDERS) {
    await vendor.clear()
    await vendor.script('/v1/audio/transcriptions', transcript())
    const key = newId()
    const first = await post('audio/transcriptions', form(order, { language: 'de' }), withKey(key))
    expect(first.status).toBe(200)
    const text = await first.text()
    const again = await post('audio/transcriptions', form(order, { language: 'de' }), withKey(key))
    expect(await again.text()).toBe(text)
    const other = new File([wav(5)], 'speech.wav', { type: 'audio/wav' })
    for (const different of [form(order, { language: 'en' }), form(order, { language: 'de' }, other)]) {
      const refused = await post('audio/transcriptions', different, withKey(key))
      expect([refused.status, await codeOf(refused)]).toEqual([409, 'idempotency_mismatch'])
    }
    expect(await vendor.calls()).toHaveLength(1)
  }
})

test('embeddings are made once', async () => {
  const { post, vendor } = await start(['embeddings'], { input: '0.02' })
  await vendor.script('m-2026-01', embeddings())
  const key = newId()
  const body = { model: 'm', input: 'Hi' }
  const first = await post('embeddings', body, withKey(key))
  expect(first.status).toBe(200)
  const text = await first.text()
  expect(await (await post('embeddings', body, withKey(key))).text()).toBe(text)
  expect(await vendor.calls()).toHaveLength(1)
})

test('speech is spoken once, and its bytes are the same', async () => {
  const { post, vendor } = await start(['audio.speech'], { character: '15' })
  await vendor.script('m-2026-01', speech())
  const key = newId()
  const body = { model: 'm', input: 'Hello', voice: 'alloy' }
  const first = await post('audio/speech', body, withKey(key))
  expect(first.status).toBe(200)
  const bytes = await first.bytes()
  const again = await post('audio/speech', body, withKey(key))
  expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
  expect(again.headers.get('x-callmissed-cost-usd')).toBe(first.headers.get('x-callmissed-cost-usd'))
  expect(await again.bytes()).toEqual(bytes)
  expect(await vendor.calls()).toHaveLength(1)
})

const CHAT = { input: '1', output: '1' }
const PLAIN: [
  endpoint: Parameters<typeof startEndpoint>[0][number],
  price: object,
  body: object,
  more: object,
][] = [
  ['completions', CHAT, { prompt: 'Once' }, { max_tokens: 5 }],
  ['images.generations', { image: '0.04' }, { prompt: 'a cat' }, { n: 1 }],
  ['moderations', { input: '0' }, { input: 'x' }, { user: 'me' }],
]
for (const [endpoint, price, body, more] of PLAIN)
  test(`${endpoint} is answered once`, async () => {
    const { post, vendor } = await start([endpoint], price)
    const answer = {
      id: 'x',
      object: endpoint,
      created: 1,
      model: 'm',
      choices: [],
      data: [{ b64_json: 'AA==' }],
      results: [{}],
    }
    await vendor.script('m-2026-01', [
      { status: 200, headers: { 'content-type': 'application/json' } },
      { text: JSON.stringify(answer) },
    ])
    const key = newId()
    const path = endpoint.replace('.', '/')
    const asked = { model: 'm', ...body }
    const first = await post(path, asked, withKey(key))
    expect(first.status).toBe(200)
    const text = await first.text()
    expect(await (await post(path, asked, withKey(key))).text()).toBe(text)
    const refused = await post(path, { ...asked, ...more }, withKey(key))
    expect([refused.status, await codeOf(refused)]).toEqual([409, 'idempotency_mismatch'])
    expect(await vendor.calls()).toHaveLength(1)
  })

test('a translation is heard once', async () => {
  const { post, vendor } = await start(['audio.translations'], { audio_minute: '0.006' })
  await vendor.script('/v1/audio/translations', transcript())
  const key = newId()
  const first = await post('audio/translations', form('file first'), withKey(key))
  expect(first.status).toBe(200)
  const text = await first.text()
  const refused = await post('audio/translations', form('file first', { prompt: 'x' }), withKey(key))
  expect([refused.status, await codeOf(refused)]).toEqual([409, 'idempotency_mismatch'])
  expect(await (await post('audio/translations', form('file first'), withKey(key))).text()).toBe(text)
  expect(await vendor.calls()).toHaveLength(1)
})

test('messages are answered once, and the conflict is told in their own dialect', async () => {
  const { post, vendor } = await start(['chat.completions'], { input: '1', output: '1' })
  const key = newId()
  const body = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }
  const first = await post('messages', body, withKey(key))
  expect(first.status).toBe(200)
  const text = await first.text()
  expect(await (await post('messages', body, withKey(key))).text()).toBe(text)
  const refused = await post('messages', { ...body, max_tokens: 11 }, withKey(key))
  expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([409, 'false'])
  expect(await refused.json()).toMatchObject({ type: 'error', error: { message: expect.any(String) } })
  // The same key on another route is another request.
  const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
  expect((await post('chat/completions', chat, withKey(key))).status).toBe(409)
  expect(await vendor.calls()).toHaveLength(1)
})
