import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import OpenAI, { toFile } from 'openai'
import type { TranscriptionCreateParams } from 'openai/resources/audio/transcriptions'
import { wav } from '../audio'
import { priceOf } from '../catalog/price-of'
import { formOf } from '../gateway/spoken'
import { SOUND, speech, speechEvents } from '../vendor/speech'
import { SECONDS, spokenStream, TEXT, TOKENS, transcript } from '../vendor/transcript'
import { refusal, type Scripted, startScripted, UPSTREAM } from './scripted'

const HEAR = '/v1/audio/transcriptions'
const TRANSLATE = '/v1/audio/translations'

let sdk: Scripted
beforeAll(async () => {
  const price = priceOf({ audio_minute: '0.006', character: '15' })
  const endpoints = ['audio.transcriptions', 'audio.translations', 'audio.speech'] as const
  sdk = await startScripted({ model: { endpoints: [...endpoints], price } })
})
afterAll(() => sdk.stop())
afterEach(async () => {
  await sdk.gateway.forgetRecords()
  await sdk.vendor.clear()
})

const file = () => toFile(wav(4), 'speech.wav', { type: 'audio/wav' })
const failure = (promise: PromiseLike<unknown>) =>
  promise.then(
    () => undefined,
    error => error,
  )
const VERBOSE = {
  duration: 4,
  language: 'german',
  segments: [{ id: 0, start: 0, end: 4, text: ` ${TEXT}` }],
}

for (const order of ['file first', 'model first'] as const) {
  const body = async (more: object = {}) =>
    (order === 'file first'
      ? { file: await file(), model: 'm', ...more }
      : { model: 'm', ...more, file: await file() }) as TranscriptionCreateParams<'json'>

  test(`${order}: a transcript has its text, its usage, and what it cost`, async () => {
    await sdk.vendor.script(HEAR, transcript())
    const answer = (await sdk.openai.audio.transcriptions.create(await body())) as OpenAI.Audio.Transcription
    expect(answer.text).toBe(TEXT)
    expect(answer.usage as object).toEqual({ ...SECONDS, cost_usd: 0.0004 })
    expect((await sdk.gateway.record()).costPicoUsd).toBe(400_000_000n)
  })

  test(`${order}: verbose_json and diarized_json are objects, text, srt and vtt are texts`, async () => {
    await sdk.vendor.script(HEAR, transcript({ more: VERBOSE }))
    const create = async (response_format: string) =>
      (await sdk.openai.audio.transcriptions.create(await body({ response_format }))) as unknown
    expect(await create('verbose_json')).toMatchObject({ text: TEXT, ...VERBOSE })
    expect(await create('diarized_json')).toMatchObject({ text: TEXT, segments: VERBOSE.segments })
    expect(await create('text')).toBe(`${TEXT}\n`)
    expect(await create('srt')).toBe(`1\n00:00:00,000 --> 00:00:04,000\n${TEXT}\n\n`)
    expect(await create('vtt')).toBe(`WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n${TEXT}\n\n`)
  })

  test(`${order}: lists, objects and booleans reach the vendor as the SDK writes them`, async () => {
    await sdk.vendor.script(HEAR, transcript({ more: VERBOSE }))
    await sdk.openai.audio.transcriptions.create(
      await body({
        response_format: 'verbose_json',
        timestamp_granularities: ['word', 'segment'],
        include: ['logprobs'],
        chunking_strategy: { type: 'server_vad', threshold: 0.5 },
        language: 'de',
        prompt: 'Grüße',
        temperature: 0.2,
      }),
    )
    const { fields, file } = await formOf((await sdk.vendor.calls())[0]!)
    expect(fields.toSorted()).toEqual(
      [
        ['model', UPSTREAM],
        ['response_format', 'verbose_json'],
        ['timestamp_granularities[]', 'word'],
        ['timestamp_granularities[]', 'segment'],
        ['include[]', 'logprobs'],
        ['chunking_strategy[type]', 'server_vad'],
        ['chunking_strategy[threshold]', '0.5'],
        ['language', 'de'],
        ['prompt', 'Grüße'],
        ['temperature', '0.2'],
      ].toSorted() as [string, string][],
    )
    expect(file.bytes.length).toBe(wav(4).length)
  })

  test(`${order}: a stream is its events, the last with usage`, async () => {
    // Usage in tokens where seconds are sold: what the recording says is billed, and told in seconds.
    await sdk.vendor.script(HEAR, spokenStream({ usage: TOKENS }))
    const stream = (await sdk.openai.audio.transcriptions.create(
      await body({ stream: true }),
    )) as unknown as AsyncIterable<{ type: string; delta?: string; text?: string; usage?: object }>
    const events = await Array.fromAsync(stream)
    expect(events.map(({ delta }) => delta ?? '').join('')).toBe(TEXT)
    expect(events.at(-1)).toMatchObject({
      type: 'transcript.text.done',
      text: TEXT,
      usage: { type: 'duration', seconds: 4, cost_usd: 0.0004 },
    })
  })

  test(`${order}: an aborted upload closes the vendor and is recorded once`, async () => {
    await sdk.vendor.script(HEAR, [{ stall: true }])
    const controller = new AbortController()
    const asking = failure(
      sdk.openai.audio.transcriptions.create(await body(), { signal: controller.signal }),
    )
    const { id } = await sdk.vendor.waitForCall(HEAR)
    controller.abort()
    expect(await asking).toBeInstanceOf(OpenAI.APIUserAbortError)
    await sdk.vendor.waitForClosed(id)
    expect(await sdk.gateway.record()).toMatchObject({ outcome: 'cancelled', usageSource: 'estimated' })
  })
}

test('a translation has its text', async () => {
  await sdk.vendor.script(TRANSLATE, transcript())
  const answer = await sdk.openai.audio.translations.create({ file: await file(), model: 'm' })
  expect(answer.text).toBe(TEXT)
  expect((await sdk.gateway.record()).endpoint).toBe('audio.translations')
})

test('asResponse has the request id of the record, and the cost where the body has none', async () => {
  await sdk.vendor.script(HEAR, transcript())
  const response = await sdk.openai.audio.transcriptions
    .create({ file: await file(), model: 'm', response_format: 'text' })
    .asResponse()
  expect(response.headers.get('x-request-id')).toBe((await sdk.gateway.record()).requestId)
  expect(response.headers.get('x-callmissed-cost-usd')).toBe('0.0004')
})

test('errors are the classes that the SDK has for them', async () => {
  const create = async (model: string) =>
    failure(sdk.openai.audio.transcriptions.create({ file: await file(), model }))
  expect(await create('none')).toBeInstanceOf(OpenAI.NotFoundError)
  await sdk.vendor.script(HEAR, refusal(400, { message: 'Unrecognized file format.' }))
  const refused = (await create('m')) as InstanceType<typeof OpenAI.BadRequestError>
  expect(refused).toBeInstanceOf(OpenAI.BadRequestError)
  expect(refused.message).toContain('Unrecognized file format.')
  await sdk.vendor.script(HEAR, refusal(429, {}))
  expect(await create('m')).toBeInstanceOf(OpenAI.RateLimitError)
})

test('speech is its bytes, as they are', async () => {
  await sdk.vendor.script(UPSTREAM, speech())
  const response = await sdk.openai.audio.speech.create({ model: 'm', input: 'Hi 😀', voice: 'alloy' })
  expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), Buffer.concat(SOUND))).toBe(0)
  expect(response.headers.get('content-type')).toBe('audio/mpeg')
  expect(response.headers.get('x-callmissed-cost-usd')).toBe('0.00006')
  expect((await sdk.gateway.record()).usage!.characters).toBe(4)
})

test('speech in events can be read as the SDK gives it', async () => {
  await sdk.vendor.script(UPSTREAM, speechEvents({ input_tokens: 1, output_tokens: 2, total_tokens: 3 }))
  const response = await sdk.openai.audio.speech.create({
    model: 'm',
    input: 'Hi',
    voice: 'alloy',
    stream_format: 'sse',
  })
  expect(await response.text()).toContain('"cost_usd":0.00003')
})

test('an aborted speech closes the vendor', async () => {
  await sdk.vendor.script(UPSTREAM, speech({ cut: { after: 1, how: { stall: true } } }))
  const controller = new AbortController()
  const response = await sdk.openai.audio.speech.create(
    { model: 'm', input: 'Hi', voice: 'alloy' },
    { signal: controller.signal },
  )
  await response.body!.getReader().read()
  const [call] = await sdk.vendor.calls()
  controller.abort()
  await sdk.vendor.waitForClosed(call!.id)
  expect(await sdk.gateway.record()).toMatchObject({ outcome: 'cancelled', endpoint: 'audio.speech' })
})
