import { afterAll, beforeAll, expect, test } from 'bun:test'
import { builtInModels } from '../../src/catalog/models'
import { VENDORS } from '../../src/catalog/vendors'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { TEXT, transcript } from '../vendor/transcript'
import { ask, formOf } from './spoken'
import { type Served, startEndpoint } from './start-endpoint'
import { CREDENTIAL } from './start-gateway'

/** The catalog's own model, as Groq serves it: at OpenAI's path. */
const WHISPER = builtInModels().find(({ id }) => id === 'whisper-large-v3')!
const { keyVariable: _, ...GROQ } = VENDORS.find(({ name }) => name === 'groq')!

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
    },
  )
})
afterAll(() => served.stop())

test.each([
  ['audio/transcriptions', 'audio.transcriptions'],
  ['audio/translations', 'audio.translations'],
])(
  'Whisper at Groq is asked at /v1/%s, and billed by the length of what was heard',
  async (path, endpoint) => {
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
      usage: { audioSeconds: 4 },
      // $0.111 an hour, rounded up.
      costPicoUsd: 123_333_334n,
    })
  },
)
