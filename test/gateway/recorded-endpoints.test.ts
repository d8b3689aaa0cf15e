import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Endpoint } from '../../src/catalog/model'
import type { PriceSpec } from '../../src/catalog/rate'
import { VENDORS } from '../../src/catalog/vendors'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { priceOf } from '../catalog/price-of'
import { jsonRecorded, orNone, readRecorded, recorded } from '../recorded'
import { cut, HOW_CUT } from '../recordings/wire'
import { type Call, startVendor, type Vendor } from '../vendor/start'
import { CREDENTIAL } from './catalog-of'
import { formOf, RECORDING } from './spoken'
import { startGateway } from './start-gateway'

interface Meta {
  url: string
  response_headers: Record<string, string>
  request_file: string
}

/** The record's name of what was asked, by its path, and what that is sold by. */
const ENDPOINTS: Record<string, [Endpoint, PriceSpec]> = {
  embeddings: ['embeddings', { input: '1' }],
  completions: ['completions', { input: '1', output: '2' }],
  'audio/transcriptions': ['audio.transcriptions', { input: '1', audio_input: '1', output: '2' }],
  'audio/translations': ['audio.translations', { audio_minute: '1' }],
  'audio/speech': ['audio.speech', { character: '1' }],
  moderations: ['moderations', { input: '0' }],
  'messages/count_tokens': ['chat.completions', { input: '1', output: '2' }],
}

let server: Vendor
beforeAll(async () => {
  server = await startVendor()
})
afterAll(() => server.stop())

interface Exchange {
  vendor: string
  path: string
  request: Buffer | FormData
  type: string
  answer: Buffer
  answerType: string
}

/** What the caller would have sent to us, who has the model under another name. */
function exchangeOf(answerPath: string): Exchange {
  const base = answerPath.replace(/\.res\.\w+$/, '')
  const meta = jsonRecorded<Meta>(`${base}.meta.json`)
  const request = readRecorded(`${base}${meta.request_file.slice(meta.request_file.indexOf('.req.'))}`)
  const isForm = meta.request_file.endsWith('.multipart')
  const boundary = request.toString('latin1', 2, request.indexOf('\r\n'))
  return {
    vendor: base.split('/')[1]!,
    path: new URL(meta.url).pathname.replace(/^\/v1\//, ''),
    request,
    type: isForm ? `multipart/form-data; boundary=${boundary}` : 'application/json',
    answer: readRecorded(answerPath),
    answerType: meta.response_headers['content-type'] ?? 'application/json',
  }
}

async function play({ vendor, path, request, type, answer, answerType }: Exchange, model: string) {
  const { keyVariable: _, ...facts } = VENDORS.find(known => known.name === vendor)!
  const [endpoint, tokens] = ENDPOINTS[path]!
  // Mistral sells it by the minute.
  const price = vendor === 'mistral' ? { audio_minute: '1' } : tokens
  const gateway = startGateway({
    vendors: { [vendor]: server.url },
    models: [model],
    deployment: model,
    model: { endpoints: [endpoint], price: priceOf(price), aliases: [], contextWindow: null },
    account: ({ baseUrl }) => ({
      ...facts,
      baseUrl,
      credential: CREDENTIAL,
      headers: { 'x-script': 'recorded' },
      timeouts: DEFAULT_TIMEOUTS,
    }),
  })
  try {
    await server.clear()
    await server.script('recorded', [
      { status: 200, headers: { 'content-type': answerType } },
      ...cut(answer),
    ])
    const headers = { authorization: `Bearer ${gateway.key}`, ...(type && { 'content-type': type }) }
    const response = await fetch(`${gateway.url}/v1/${path}`, { method: 'POST', headers, body: request })
    const bytes = await response.bytes()
    const [call] = await server.calls()
    const record = path.endsWith('count_tokens') ? undefined : await gateway.record()
    return { status: response.status, bytes: Buffer.from(bytes), call: call!, record }
  } finally {
    await gateway.stop()
  }
}

/** The same request, whatever stands around its parts. */
async function expectAsked(call: Call, { path, request, type }: Exchange): Promise<void> {
  expect(call.path).toBe(`/v1/${path}`)
  const bytes = request as Buffer
  if (type === 'application/json') {
    const { stream, ...sent } = JSON.parse(bytes.toString())
    const options = stream ? { stream, stream_options: { include_usage: true } } : {}
    expect(JSON.parse(call.body!.toString())).toEqual({ ...sent, ...options })
    return
  }
  const given = await formOf({ ...call, headers: [['content-type', type]], body: bytes })
  const got = await formOf(call)
  expect(new Map(got.fields)).toEqual(new Map(given.fields))
  expect(got.file).toEqual(given.file)
}

const unpriced = (text: string) => text.replace(/,\s*"cost_usd":[\d.]+/g, '')

describe(`recorded exchanges at the endpoints besides chat (${HOW_CUT}; skipped where ../shared is absent)`, () => {
  const exchanges = recorded('other endpoints')
  test.skipIf(exchanges.length === 0).each(orNone(exchanges))(
    '%s: the request is the one that the vendor took, the answer the one that it gave',
    async path => {
      const exchange = exchangeOf(path)
      const named = /"model":\s*"([^"]+)"|name="model"\r\n\r\n([^\r]+)/.exec(
        (exchange.request as Buffer).toString('latin1'),
      )
      const { status, bytes, call, record } = await play(exchange, named![1] ?? named![2]!)
      expect(status).toBe(200)
      await expectAsked(call, exchange)
      const { answer, answerType } = exchange
      if (answerType.includes('json'))
        expect(JSON.parse(unpriced(bytes.toString()))).toEqual(JSON.parse(answer.toString()))
      else if (answerType.includes('event-stream'))
        expect(bytes.toString().trim()).toBe(answer.toString().trim())
      else expect(Buffer.compare(bytes, answer)).toBe(0)
      if (record) expect(record).toMatchObject({ outcome: 'ok', status: 200 })
      if (answer.includes('"usage"')) expect(record?.usageSource ?? 'vendor').toBe('vendor')
    },
  )

  const transcripts = recorded('a transcript of Mistral')
  test.skipIf(transcripts.length === 0).each(orNone(transcripts))(
    '%s is read with its segments',
    async path => {
      const form = new FormData()
      form.append('model', 'voxtral')
      form.append('file', RECORDING)
      const answer = readRecorded(path)
      const exchange = {
        vendor: 'mistral',
        path: 'audio/transcriptions',
        answer,
        answerType: 'application/json',
      }
      const { bytes, record } = await play({ ...exchange, request: form, type: '' }, 'voxtral')
      expect(JSON.parse(unpriced(bytes.toString()))).toEqual(JSON.parse(answer.toString()))
      expect(record).toMatchObject({ outcome: 'ok', usageSource: 'vendor', usage: { audioSeconds: 36 } })
    },
  )
})
