import { afterAll, beforeAll, expect, test } from 'bun:test'
import { builtInModels } from '../../src/catalog/models'
import { VENDORS } from '../../src/catalog/vendors'
import type { Ticket } from '../../src/spool/ticket'
import type { Dispatch } from '../../src/usage/journal'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { spokenStream, TEXT, transcript } from '../vendor/transcript'
import { CREDENTIAL } from './catalog-of'
import { ask, formOf } from './spoken'
import { type Served, startEndpoint } from './start-endpoint'

/** The catalog's own model, as Groq serves it: at OpenAI's path. */
const WHISPER = builtInModels().find(({ id }) => id === 'whisper-large-v3')!
const { keyVariable: _, ...GROQ } = VENDORS.find(({ name }) => name === 'groq')!

const dispatched: Dispatch[] = []
let served: Served
beforeAll(async () => {
  served = await startEndpoint(
    WHISPER.endpoints,
    { audio_hour: '1' },
    {
      models: [WHISPER.id],
      deployment: WHISPER.offerings.find(({ vendor }) => vendor === 'groq')!.model,
      model: { price: WHISPER.price!, aliases: ['m'] },
      account: ({ baseUrl }) => ({
        ...GROQ,
        baseUrl,
        credential: CREDENTIAL,
        headers: {},
        timeouts: DEFAULT_TIMEOUTS,
      }),
      dispatch: about => {
        dispatched.push(about)
        return {} as Ticket
      },
    },
  )
})
afterAll(() => served.stop())

test.each([
  ['audio/transcriptions', 'audio.transcriptions'],
  ['audio/translations', 'audio.translations'],
])('Whisper at Groq is asked at /v1/%s, and billed as ten seconds at least', async (path, endpoint) => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
  // Groq tells no usage, but a name of its own for the request.
  await served.vendor.script(`/v1/${path}`, transcript({ usage: null, more: { x_groq: { id: 'req_1' } } }))
  const response = await served.post(path, ask('model first'))
  expect(JSON.parse(await response.text())).toMatchObject({ text: TEXT, x_groq: { id: 'req_1' } })
  const [call] = await served.vendor.calls()
  expect((await formOf(call!)).fields).toEqual([['model', 'whisper-large-v3']])
  expect(await served.gateway.record()).toMatchObject({
    endpoint,
    vendor: 'groq',
    model: 'whisper-large-v3',
    outcome: 'ok',
    usage: { audioSeconds: 10 },
    usageSource: 'estimated',
    // $0.111 an hour, rounded up.
    costPicoUsd: 308_333_334n,
  })
})

const PATH = 'audio/transcriptions'

test.each([
  ['a duration beside the words', { usage: null, more: { duration: 4 } }, 10],
  ['a usage of its own', { usage: { type: 'duration', seconds: 4 } }, 10],
  ['a usage of a longer recording', { usage: { type: 'duration', seconds: 10.5 } }, 10.5],
])('what Groq tells is billed as ten seconds at least: %s', async (_, told, seconds) => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
  await served.vendor.script(`/v1/${PATH}`, transcript(told))
  const response = await served.post(PATH, ask('model first'))
  expect(response.status).toBe(200)
  await response.bytes()
  const record = await served.gateway.record()
  expect(record).toMatchObject({ usage: { audioSeconds: seconds }, usageSource: 'vendor' })
})

test('a stream at Groq is billed alike, and so is what is guessed before its end', async () => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
  await served.vendor.script(`/v1/${PATH}`, spokenStream({ usage: { type: 'duration', seconds: 4 } }))
  const response = await served.post(PATH, ask('model first', { stream: 'true' }))
  expect(await response.text()).toContain('"cost_usd":0.000308333334')
  expect(await served.gateway.record()).toMatchObject({ stream: true, usage: { audioSeconds: 10 } })
  expect(dispatched.at(-1)?.besides).toEqual({ audioSeconds: 10 })
})
