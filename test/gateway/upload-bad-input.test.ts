import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { wav } from '../audio'
import { transcript } from '../vendor/transcript'
import { ask, form, ORDERS, type Part, RECORDING } from './spoken'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const PATH = 'audio/transcriptions'

let served: Served
beforeAll(async () => {
  served = await startEndpoint(
    ['audio.transcriptions'],
    { audio_minute: '0.006' },
    { maxUploadBytes: 500_000, slowestBodyMs: 300 },
  )
  await served.vendor.script(`/v1/${PATH}`, transcript())
})
afterAll(() => served.stop())
afterEach(() => served.gateway.forgetRecords())

async function refused(body: FormData | string, headers: Record<string, string> = {}) {
  const response = await served.post(PATH, body, { headers })
  return { ...(await refusalOf(response)), record: await served.gateway.record() }
}

const MODEL: [string, Part] = ['model', 'm']
const FILE: [string, Part] = ['file', RECORDING]
const BAD: [case_: string, parts: [string, Part][], code: string, param: string | null][] = [
  ['no file', [MODEL], 'missing_required_parameter', 'file'],
  ['no model', [FILE], 'missing_required_parameter', 'model'],
  ['an empty model', [['model', ''], FILE], 'missing_required_parameter', 'model'],
  ['a model that does not exist', [['model', 'none'], FILE], 'model_not_found', null],
  ['two models before the file', [MODEL, ['model', 'other'], FILE], 'duplicate_key', 'model'],
  ['two models around the file', [MODEL, FILE, ['model', 'other']], 'duplicate_key', 'model'],
  ['two models behind the file', [FILE, MODEL, ['model', 'm']], 'duplicate_key', 'model'],
  ['a file that is a text', [MODEL, ['file', 'RIFF']], 'invalid_type', 'file'],
  ['a file of another name', [MODEL, ['audio', RECORDING]], 'unknown_parameter', 'audio'],
  ['two files', [FILE, MODEL, FILE], 'invalid_value', 'file'],
  ['a format that is none', [MODEL, ['response_format', 'xml'], FILE], 'invalid_value', 'response_format'],
  [
    'a late format that is none',
    [MODEL, FILE, ['response_format', 'xml']],
    'invalid_value',
    'response_format',
  ],
  ['stream=maybe', [MODEL, ['stream', 'maybe'], FILE], 'invalid_type', 'stream'],
  ['where to send it', [FILE, MODEL, ['api_base', 'http://evil']], 'unknown_parameter', 'api_base'],
  ['headers of its own', [FILE, MODEL, ['headers[x]', 'y']], 'unknown_parameter', 'headers'],
  [
    'a recording elsewhere',
    [MODEL, ['url', 'https://a.example/long.mp3'], FILE],
    'unsupported_parameter',
    'url',
  ],
  [
    'a recording elsewhere, late',
    [MODEL, FILE, ['file_url', 'https://a.example/long.mp3']],
    'unsupported_parameter',
    'file_url',
  ],
  ['where to send it, late', [MODEL, FILE, ['api_base', 'http://evil']], 'unknown_parameter', 'api_base'],
]
for (const [case_, parts, code, param] of BAD)
  test(`${case_}: ${code}, and costs nothing`, async () => {
    const { record, ...error } = await refused(form(parts))
    expect(error).toMatchObject({ code, param, type: 'invalid_request_error' })
    expect(record).toMatchObject({
      endpoint: 'audio.transcriptions',
      errorCode: code,
      status: error.status,
      usage: null,
      costPicoUsd: 0n,
    })
    expect(record.shape.requestBytes).toBeGreaterThan(0)
    expect([served.gateway.limits.inFlight, served.gateway.live.size]).toEqual([0, 0])
  })

const RAW = {
  head: '--X\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n',
  model: '--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n',
}
const TYPE = { 'content-type': 'multipart/form-data; boundary=X' }
for (const [case_, body] of [
  ['in the file that is held', `${RAW.head}RIFF`],
  ['in the file that passes through', `${RAW.model}${RAW.head}RIFF`],
  ['before its last boundary', `${RAW.head}RIFF\r\n${RAW.model}`],
  ['before anything', '--X'],
  ['empty', ''],
] as const)
  test(`a form that ends ${case_} is invalid_multipart`, async () => {
    const { record, ...error } = await refused(body, TYPE)
    expect(error).toMatchObject({ status: 400, code: 'invalid_multipart', param: null })
    expect(record).toMatchObject({ errorCode: 'invalid_multipart', usage: null, costPicoUsd: 0n })
  })

for (const [type, status, code] of [
  ['application/json', 415, 'unsupported_media_type'],
  ['audio/wav', 415, 'unsupported_media_type'],
  ['multipart/form-data', 400, 'invalid_multipart'],
  [`multipart/form-data; boundary=${'b'.repeat(71)}`, 400, 'invalid_multipart'],
] as const)
  test(`a body of type ${type.slice(0, 40)} is ${code}`, async () => {
    const { record: _, ...error } = await refused('{"model":"m"}', { 'content-type': type })
    expect(error).toMatchObject({ status, code })
  })

test('a compressed form is not taken', async () => {
  const error = await refused(RAW.model, { ...TYPE, 'content-encoding': 'gzip' })
  expect(error).toMatchObject({ status: 415, code: 'unsupported_media_type' })
})

for (const order of ORDERS)
  test(`${order}: an upload above the limit is 413, declared or not`, async () => {
    const large = new File([Buffer.alloc(600_000)], 'a.wav')
    const declared = await refused(ask(order, {}, large))
    expect(declared).toMatchObject({ status: 413, code: 'request_too_large' })
    await served.gateway.forgetRecords()
    const encoded = new Response(ask(order, {}, large))
    const type = encoded.headers.get('content-type')!
    const response = await served.post(PATH, '', {
      headers: { 'content-type': type },
      body: encoded.body!,
      duplex: 'half',
    } as RequestInit)
    expect(await refusalOf(response)).toMatchObject({ status: 413, code: 'request_too_large' })
    expect(await served.gateway.record()).toMatchObject({
      status: 413,
      errorCode: 'request_too_large',
      costPicoUsd: 0n,
    })
  })

test('an upload at the limit is taken', async () => {
  const around = (await new Response(ask('file first', {}, new File([], 'a.wav'))).arrayBuffer()).byteLength
  const file = new File([wav(30), Buffer.alloc(500_000 - around - wav(30).length)], 'a.wav')
  expect((await served.post(PATH, ask('file first', {}, file))).status).toBe(200)
})

for (const [case_, begun] of [
  ['held', RAW.head],
  ['passing through', `${RAW.model}${RAW.head}`],
] as const)
  test(`a form that comes too slowly is request_timeout (${case_})`, async () => {
    const body = new ReadableStream({
      start: controller => controller.enqueue(Buffer.from(begun)),
    })
    const response = await served.post(PATH, '', { headers: TYPE, body, duplex: 'half' } as RequestInit)
    expect(await refusalOf(response)).toMatchObject({ status: 408, code: 'request_timeout' })
    expect(await served.gateway.record()).toMatchObject({ errorCode: 'request_timeout', costPicoUsd: 0n })
  })
