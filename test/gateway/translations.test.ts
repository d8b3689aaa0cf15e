import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { toScopes } from '../../src/auth/scope'
import { anyCaller } from '../auth/any-caller'
import { TEXT, transcript } from '../vendor/transcript'
import { ask, formOf, ORDERS } from './spoken'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const PATH = 'audio/translations'

let served: Served
beforeAll(async () => {
  served = await startEndpoint(['audio.translations'], { audio_hour: '0.111' })
})
afterAll(() => served.stop())
afterEach(async () => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
})

for (const order of ORDERS)
  test(`${order}: a translation is priced by the hour, to the pico-dollar`, async () => {
    await served.vendor.script(`/v1/${PATH}`, transcript())
    const response = await served.post(PATH, ask(order, { prompt: 'x' }))
    // $0.111 an hour, 4 seconds, rounded up once.
    expect(((await response.json()) as { usage: object }).usage).toEqual({
      type: 'duration',
      seconds: 4,
      cost_usd: 0.000123333334,
    })
    expect(await served.gateway.record()).toMatchObject({
      endpoint: 'audio.translations',
      costPicoUsd: 123_333_334n,
      usageSource: 'vendor',
      shape: { audio: 1 },
    })
    const [call] = await served.vendor.calls()
    expect(call!.path).toBe(`/v1/${PATH}`)
    expect((await formOf(call!)).fields).toContainEqual(['model', 'm-2026-01'])
  })

test('a vendor that answers the text alone is billed by the recording’s own length', async () => {
  await served.vendor.script(`/v1/${PATH}`, transcript({ usage: null }))
  const response = await served.post(PATH, ask('file first'))
  expect(await response.json()).toEqual({ text: TEXT })
  expect(response.headers.get('x-callmissed-cost-usd')).toBe('0.000123333334')
  expect(await served.gateway.record()).toMatchObject({
    usage: { audioSeconds: 4 },
    usageSource: 'estimated',
    costPicoUsd: 123_333_334n,
  })
})

for (const [format, asked, expected] of [
  ['text', 'json', `${TEXT}\n`],
  ['srt', 'verbose_json', `1\n00:00:00,000 --> 00:00:04,000\n${TEXT}\n\n`],
  ['vtt', 'verbose_json', `WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n${TEXT}\n\n`],
] as const)
  test(`wire 103: ${format} is asked for as ${asked} and written here`, async () => {
    await served.vendor.script(`/v1/${PATH}`, transcript({ more: { duration: 4 } }))
    const response = await served.post(PATH, ask('file first', { response_format: format }))
    expect(await response.text()).toBe(expected)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await formOf((await served.vendor.calls())[0]!)).fields).toContainEqual([
      'response_format',
      asked,
    ])
  })

test('a key for speech may hear and not chat, a key for chats may not hear', async () => {
  const [llm, stt] = (['llm', 'stt'] as const).map(scope => {
    const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
    served.gateway.keyring.put(anyCaller(key, { scopes: toScopes([scope]) }))
    return { authorization: `Bearer ${key}` }
  })
  await served.vendor.script(`/v1/${PATH}`, transcript())
  expect((await served.post(PATH, ask('file first'), { headers: stt! })).status).toBe(200)
  for (const path of [PATH, 'audio/transcriptions'])
    expect(await refusalOf(await served.post(path, ask('file first'), { headers: llm! }))).toMatchObject({
      status: 403,
      type: 'permission_error',
      code: 'scope_not_allowed',
    })
  const chat = await served.post('chat/completions', { model: 'm', messages: [] }, { headers: stt! })
  expect(await refusalOf(chat)).toMatchObject({ status: 403, code: 'scope_not_allowed' })
  expect(await served.vendor.calls()).toHaveLength(1)
})

test('a model that transcribes alone does not translate', async () => {
  const refusal = await refusalOf(await served.post('audio/transcriptions', ask('model first')))
  expect(refusal).toMatchObject({ status: 404, code: 'model_not_found' })
  expect(refusal.message).toContain('is not served by audio.transcriptions')
})
