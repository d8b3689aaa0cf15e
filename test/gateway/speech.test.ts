import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { toScopes } from '../../src/auth/scope'
import { anyCaller } from '../auth/any-caller'
import { priceOf } from '../catalog/price-of'
import { SOUND, speech, speechEvents } from '../vendor/speech'
import type { Step } from '../vendor/step'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

/** $15 a million characters. */
const CHARACTER = 15_000_000n
/** $0.60 and $12 a million tokens. */
const BY_TOKENS = priceOf({ input: '0.60', output: '12' })
const PATH = 'audio/speech'
const ASK = { model: 'm', input: 'Grüße, 世界 😀!', voice: 'alloy' }
/** An emoji is one, though it is two in UTF-16 and four in UTF-8. */
const CHARACTERS = 12

let served: Served
let byTokens: Served
beforeAll(async () => {
  served = await startEndpoint(['audio.speech'], { character: '15' })
  byTokens = await startEndpoint(['audio.speech'], { input: '1' }, { model: { price: BY_TOKENS } })
})
afterAll(async () => {
  await served.stop()
  await byTokens.stop()
})
afterEach(async () => {
  for (const each of [served, byTokens]) {
    await each.gateway.forgetRecords()
    await each.vendor.clear()
  }
})

async function speak(steps: Step[], body: unknown = ASK, { gateway, vendor, post } = served) {
  await vendor.script('m-2026-01', steps)
  const response = await post(PATH, body)
  return { response, bytes: await response.bytes(), record: await gateway.record() }
}

test('the sound comes back as it is, its cost in a header, its characters in the record', async () => {
  const { response, bytes, record } = await speak(speech())
  expect(Buffer.compare(bytes, Buffer.concat(SOUND))).toBe(0)
  expect(response.headers.get('content-type')).toBe('audio/mpeg')
  expect(response.headers.get('x-callmissed-cost-usd')).toBe('0.00018')
  expect(response.headers.get('x-request-id')).toBe(record.requestId)
  expect(record).toMatchObject({
    endpoint: 'audio.speech',
    stream: false,
    outcome: 'ok',
    status: 200,
    usage: { characters: CHARACTERS, inputTokens: 0, outputTokens: 0 },
    usageSource: 'tokenizer',
    costPicoUsd: BigInt(CHARACTERS) * CHARACTER,
    shape: { audio: 0, images: 0, requestBytes: Buffer.byteLength(JSON.stringify(ASK)) },
    ttftMs: expect.any(Number),
  })
  const [call] = await served.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toEqual({ ...ASK, model: 'm-2026-01' })
  expect(call!.path).toBe('/v1/audio/speech')
})

test('the sound comes while it is made: all but the last byte is there before the end', async () => {
  await served.vendor.script('m-2026-01', [...speech({ pieces: SOUND.slice(0, 1) }), { wait: 300 }])
  const response = await served.post(PATH, ASK)
  const reader = response.body!.getReader()
  let length = 0
  while (length < 4999) length += (await reader.read()).value!.length
  expect([length, served.gateway.records.length]).toEqual([4999, 0])
  expect((await reader.read()).value).toHaveLength(1)
  expect(served.gateway.records).toHaveLength(1)
})

test('wire 104: a voice of one’s own, a speed and a format reach the vendor as they were written', async () => {
  const asked = {
    ...ASK,
    voice: { id: 'voice_1' },
    speed: 0.25,
    response_format: 'opus',
    instructions: 'softly',
  }
  const { response } = await speak(speech({ type: 'audio/ogg' }), asked)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/ogg'])
  const [call] = await served.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toEqual({ ...asked, model: 'm-2026-01' })
})

for (const type of ['audio/wav', 'audio/pcm; rate=24000', 'application/octet-stream'])
  test(`a vendor’s ${type} is the caller’s`, async () => {
    expect((await speak(speech({ type }))).response.headers.get('content-type')).toBe(type)
  })

test('tokens that no vendor tells are an estimate, by the text and the sound', async () => {
  const { response, record } = await speak(speech(), { ...ASK, input: 'hello world' }, byTokens)
  expect(response.headers.get('x-callmissed-cost-usd')).toBeNull()
  // 15,000 bytes of MP3 are some 0.94 seconds, 21 tokens each.
  expect(record).toMatchObject({
    usage: { inputTokens: 2, outputTokens: 20, audioOutputTokens: 20, characters: 11 },
    usageSource: 'estimated',
    costPicoUsd: 2n * 600_000n + 20n * 12_000_000n,
  })
})

interface Event {
  type: string
  audio?: string
  usage?: object
}

async function eventsOf(steps: Step[], where = byTokens) {
  const { bytes, record, response } = await speak(steps, { ...ASK, stream_format: 'sse' }, where)
  const data = Buffer.from(bytes).toString().trim().split('\n\n')
  const events = data.slice(0, -1).map(each => JSON.parse(each.slice(6)) as Event)
  return { events, record, response, last: data.at(-1) }
}

const USAGE = { input_tokens: 14, output_tokens: 101, total_tokens: 115 }

test('sse: the events pass, the last with what it cost by the vendor’s tokens', async () => {
  const { events, record, response, last } = await eventsOf(
    speechEvents(USAGE, { inputTokens: 14, outputTokens: 101 }),
  )
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(events.slice(0, -1).map(({ audio }) => audio)).toEqual(SOUND.map(bytes => bytes.toString('base64')))
  expect(events.at(-1)?.usage).toEqual({ ...USAGE, cost_usd: 0.0012204 })
  expect(last).toBe('data: [DONE]')
  const [bill] = await byTokens.vendor.bill()
  expect(record).toMatchObject({
    stream: true,
    usage: {
      inputTokens: bill!.inputTokens,
      outputTokens: bill!.outputTokens,
      audioOutputTokens: bill!.outputTokens,
      characters: CHARACTERS,
    },
    usageSource: 'vendor',
    costPicoUsd: 14n * 600_000n + 101n * 12_000_000n,
  })
})

test('sse: a model that is priced by characters costs them, whatever tokens its vendor tells', async () => {
  const { events, record } = await eventsOf(speechEvents(USAGE), served)
  expect(record).toMatchObject({
    usage: { characters: CHARACTERS, inputTokens: 14 },
    costPicoUsd: BigInt(CHARACTERS) * CHARACTER,
  })
  expect(events.at(-1)?.usage).toEqual({ ...USAGE, cost_usd: 0.00018 })
})

test('sse: usage that is absent or cannot be is an estimate', async () => {
  for (const usage of [null, { ...USAGE, output_tokens: -1 }, { ...USAGE, total_tokens: 1 }]) {
    await byTokens.gateway.forgetRecords()
    const { record } = await eventsOf(speechEvents(usage))
    expect(record.usageSource).toBe('estimated')
    expect(record.usage!.outputTokens).toBeGreaterThan(0)
  }
})

for (const [body, code, param] of [
  [{ input: 'x', voice: 'v' }, 'missing_required_parameter', 'model'],
  [{ model: 'm', voice: 'v' }, 'missing_required_parameter', 'input'],
  [{ model: 'm', input: null }, 'missing_required_parameter', 'input'],
  [{ model: 'm', input: ['x'] }, 'invalid_type', 'input'],
  [{ model: 'm', input: 'x'.repeat(1_100_000) }, 'invalid_value', 'input'],
  [{ model: 'm', input: 'x', stream_format: 'mp3' }, 'invalid_value', 'stream_format'],
  [{ model: 'm', input: 'x', response_format: 3 }, 'invalid_type', 'response_format'],
] as const)
  test(`${JSON.stringify(body).slice(0, 60)} is ${code}`, async () => {
    expect(await refusalOf(await served.post(PATH, body))).toMatchObject({ status: 400, code, param })
    expect(await served.gateway.record()).toMatchObject({ outcome: 'rejected', costPicoUsd: 0n })
    expect(await served.vendor.calls()).toHaveLength(0)
  })

test('a key needs the scope tts', async () => {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  served.gateway.keyring.put(anyCaller(key, { scopes: toScopes(['stt', 'llm']) }))
  const response = await served.post(PATH, ASK, { headers: { authorization: `Bearer ${key}` } })
  expect(await refusalOf(response)).toMatchObject({ status: 403, code: 'scope_not_allowed' })
})

test('a vendor that answers no sound is an error of its own, and its refusal the caller’s', async () => {
  const json = { status: 200, headers: { 'content-type': 'application/json' } }
  expect((await speak([json, { text: '{}' }])).response.status).toBe(502)
  await served.gateway.forgetRecords()
  expect((await speak([{ status: 200, headers: { 'content-type': 'audio/mpeg' } }])).response.status).toBe(
    502,
  )
  await served.gateway.forgetRecords()
  const error = { message: 'No such voice.', type: 'invalid_request_error', param: 'voice', code: null }
  const refused = await speak([{ ...json, status: 400 }, { text: JSON.stringify({ error }) }])
  expect([refused.response.status, JSON.parse(Buffer.from(refused.bytes).toString())]).toEqual([
    400,
    { error },
  ])
  expect(refused.record.costPicoUsd).toBe(0n)
})

for (const [case_, how] of [
  ['reset', { reset: true }],
  ['truncated', { close: true }],
] as [string, Step][])
  test(`sound that is ${case_} is cut for the caller too, and costs its characters`, async () => {
    await served.vendor.script('m-2026-01', speech({ cut: { after: 2, how } }))
    const response = await served.post(PATH, ASK)
    expect(response.status).toBe(200)
    const reading = await response.bytes().then(
      () => 'whole',
      () => 'cut',
    )
    expect(reading).toBe('cut')
    expect(await served.gateway.record()).toMatchObject({
      outcome: 'error',
      errorCode: 'upstream_error',
      usage: { characters: CHARACTERS },
      costPicoUsd: BigInt(CHARACTERS) * CHARACTER,
    })
  })

for (const [stage, steps] of [
  ['before the head', [{ stall: true }]],
  ['in the middle', speech({ cut: { after: 1, how: { stall: true } } })],
] as [string, Step[]][])
  test(`a caller who leaves ${stage} is billed the text, and its vendor is closed`, async () => {
    await served.vendor.script('m-2026-01', steps)
    const controller = new AbortController()
    const asking = served.post(PATH, ASK, { signal: controller.signal })
    const call = await served.vendor.waitForCall('m-2026-01')
    if (stage === 'in the middle') await (await asking).body!.getReader().read()
    controller.abort()
    await asking.catch(() => undefined)
    await served.vendor.waitForClosed(call.id)
    expect(await served.gateway.record()).toMatchObject({
      outcome: 'cancelled',
      status: stage === 'in the middle' ? 200 : 499,
      costPicoUsd: BigInt(CHARACTERS) * CHARACTER,
    })
    expect(served.gateway.live.size).toBe(0)
  })

test('no comment is ever written into sound', async () => {
  const slow = await startEndpoint(
    ['audio.speech'],
    { character: '15' },
    { clock: { now: () => performance.now() * 100, date: Date.now }, tickMs: 5 },
  )
  await slow.vendor.script('m-2026-01', speech({ paceMs: 200 }))
  const response = await slow.post(PATH, ASK)
  expect(Buffer.compare(await response.bytes(), Buffer.concat(SOUND))).toBe(0)
  await slow.stop()
})
