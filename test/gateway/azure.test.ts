import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { VENDORS } from '../../src/catalog/vendors'
import { type Vendor as Account, DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { priceOf } from '../catalog/price-of'
import { embeddings } from '../vendor/embeddings'
import { speech } from '../vendor/speech'
import { transcript } from '../vendor/transcript'
import { CREDENTIAL } from './catalog-of'
import { ask, formOf } from './spoken'
import { type Served, startEndpoint } from './start-endpoint'

const AZURE = VENDORS.find(({ name }) => name === 'azure')!
const ENDPOINTS = [
  'embeddings',
  'images.generations',
  'audio.transcriptions',
  'audio.translations',
  'audio.speech',
] as const
const PRICE = priceOf({ input: '1', image: '0.04', audio_minute: '0.006', character: '15' })

/** The account at the address of its resource; with a dated version at the older one. */
function accountAt({ baseUrl }: Account, apiVersion?: string): Account {
  return {
    ...AZURE,
    baseUrl: baseUrl.replace(/\/v1$/, '/openai/v1'),
    ...(apiVersion && { apiVersion }),
    credential: CREDENTIAL,
    headers: { 'x-ours': '1' },
    timeouts: DEFAULT_TIMEOUTS,
  }
}

const start = (apiVersion?: string) =>
  startEndpoint(
    [...ENDPOINTS],
    { input: '1' },
    {
      deployment: 'my deployment',
      model: { price: PRICE },
      account: account => accountAt(account, apiVersion),
    },
  )

let today: Served
let dated: Served
beforeAll(async () => {
  today = await start()
  dated = await start('2024-10-21')
})
afterAll(async () => {
  await today.stop()
  await dated.stop()
})
afterEach(async () => {
  for (const each of [today, dated]) {
    await each.gateway.forgetRecords()
    await each.vendor.clear()
  }
})

const PICTURE = JSON.stringify({ created: 1_780_000_000, data: [{ b64_json: 'YQ==' }] })
const REQUESTS = [
  { path: 'embeddings', body: { model: 'm', input: 'Hi' }, steps: embeddings(), usage: { inputTokens: 12 } },
  {
    path: 'images/generations',
    body: { model: 'm', prompt: 'a hill' },
    steps: [
      { status: 200, headers: { 'content-type': 'application/json' }, framing: 'length' as const },
      { text: PICTURE },
    ],
    usage: { images: 1 },
  },
  {
    path: 'audio/speech',
    body: { model: 'm', input: 'Hello', voice: 'alloy' },
    steps: speech(),
    usage: { characters: 5 },
  },
]

test.each(REQUESTS)('Azure is asked at its own /$path, with its own header', async request => {
  const { path, body, steps, usage } = request
  await today.vendor.script(`/openai/v1/${path}`, steps)
  const response = await today.post(path, body)
  await response.bytes()
  expect(response.status).toBe(200)
  const [call] = await today.vendor.calls()
  const headers = new Headers(call!.headers)
  expect(call!.path).toBe(`/openai/v1/${path}`)
  expect([headers.get('api-key'), headers.get('authorization')]).toEqual([CREDENTIAL, null])
  expect([headers.get('x-ours'), headers.get('content-type')]).toEqual(['1', 'application/json'])
  expect(JSON.parse(call!.body!.toString())).toEqual({ ...body, model: 'my deployment' })
  expect(await today.gateway.record()).toMatchObject({ vendor: 'azure', outcome: 'ok', usage })
})

test.each(['audio/transcriptions', 'audio/translations'])('Azure hears at its own /%s', async path => {
  await today.vendor.script(`/openai/v1/${path}`, transcript())
  const response = await today.post(path, ask('model first'))
  await response.bytes()
  expect(response.status).toBe(200)
  const [call] = await today.vendor.calls()
  const headers = new Headers(call!.headers)
  expect([headers.get('api-key'), headers.get('authorization')]).toEqual([CREDENTIAL, null])
  expect((await formOf(call!)).fields).toEqual([['model', 'my deployment']])
  expect(await today.gateway.record()).toMatchObject({ vendor: 'azure', usage: { audioSeconds: 4 } })
})

test('a dated version is asked at the older address, which names the deployment', async () => {
  const root = '/openai/deployments/my%20deployment'
  await dated.vendor.script(`${root}/embeddings`, embeddings())
  await (await dated.post('embeddings', { model: 'm', input: 'Hi' })).bytes()
  await dated.vendor.script(`${root}/audio/transcriptions`, transcript())
  await (await dated.post('audio/transcriptions', ask('file first'))).bytes()
  const calls = await dated.vendor.calls()
  expect(calls.map(({ path }) => path)).toEqual([
    `${root}/embeddings?api-version=2024-10-21`,
    `${root}/audio/transcriptions?api-version=2024-10-21`,
  ])
  const records = [await dated.gateway.record(1), await dated.gateway.record(2)]
  expect(records.map(({ outcome }) => outcome)).toEqual(['ok', 'ok'])
})

test('what Azure refuses is told as its own error', async () => {
  const error = { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' }
  await today.vendor.script('/openai/v1/embeddings', [
    { status: 404, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify({ error }) },
  ])
  const response = await today.post('embeddings', { model: 'm', input: 'Hi' })
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code: 'upstream_model_not_found' } })
})
