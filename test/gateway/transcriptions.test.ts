import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { wav } from '../audio'
import { priceOf } from '../catalog/price-of'
import { SECONDS, TEXT, TOKENS, transcript } from '../vendor/transcript'
import { ask, formOf, ORDERS, RECORDING } from './spoken'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const PATH = 'audio/transcriptions'
/** $0.006 a minute: 100 micro-dollars a second. */
const SECOND = 100_000_000n
/** $1.25, $3 and $5 a million tokens. */
const BY_TOKENS = priceOf({ input: '1.25', audio_input: '3', output: '5' })

let served: Served
let byTokens: Served
beforeAll(async () => {
  served = await startEndpoint(['audio.transcriptions'], { audio_minute: '0.006' })
  byTokens = await startEndpoint(['audio.transcriptions'], { input: '1' }, { model: { price: BY_TOKENS } })
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

async function transcribe(body: unknown, steps = transcript(), { gateway, vendor, post } = served) {
  await vendor.script(`/v1/${PATH}`, steps)
  const response = await post(PATH, body)
  return { response, text: await response.text(), record: await gateway.record() }
}

for (const order of ORDERS) {
  test(`${order}: the form reaches the vendor whole, its model renamed`, async () => {
    const fields = { language: 'de', prompt: 'Grüße\r\n--x', temperature: '0.2', x_unknown: '1' }
    await transcribe(ask(order, { ...fields, 'timestamp_granularities[]': 'word' }))
    const [call] = await served.vendor.calls()
    const { fields: got, file } = await formOf(call!)
    expect(new Map(got)).toEqual(
      new Map(Object.entries({ model: 'm-2026-01', ...fields, 'timestamp_granularities[]': 'word' })),
    )
    expect(file).toEqual({ name: 'speech.wav', bytes: wav(4) })
    expect(call!.body!.toString('latin1')).toContain('\r\ncontent-type: audio/wav\r\n')
    const headers = new Map(call!.headers.map(([name, value]) => [name.toLowerCase(), value]))
    expect(headers.get('authorization')).toBe('Bearer sk-vendor-secret-0123456789')
    // What passes through has no length yet; what was held has.
    expect(headers.has('content-length')).toBe(order === 'file first')
  })

  test(`${order}: wire 98: a list is a name repeated, with brackets or without, an object a name in brackets`, async () => {
    const lists: [string, string][] = [
      ['timestamp_granularities[]', 'word'],
      ['timestamp_granularities[]', 'segment'],
      ['include', 'logprobs'],
      ['include', 'x'],
      ['chunking_strategy[type]', 'server_vad'],
      ['chunking_strategy[threshold]', '0.5'],
    ]
    const body = ask(order, { response_format: 'verbose_json' })
    for (const [name, value] of lists) body.append(name, value)
    const { response } = await transcribe(body)
    expect(response.status).toBe(200)
    const { fields } = await formOf((await served.vendor.calls())[0]!)
    expect(fields.filter(([name]) => lists.some(([own]) => own === name))).toEqual(lists)
  })

  test(`${order}: the answer has what it cost, and the record agrees with the vendor’s bill`, async () => {
    const body = ask(order)
    const { response, text, record } = await transcribe(body)
    const [bill] = await served.vendor.bill()
    expect(JSON.parse(text)).toEqual({ text: TEXT, usage: { ...SECONDS, cost_usd: 0.0004 } })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(record).toMatchObject({
      endpoint: 'audio.transcriptions',
      stream: false,
      modelRequested: 'm',
      model: 'm-2026-01',
      outcome: 'ok',
      usage: { audioSeconds: bill!.audioSeconds!, inputTokens: 0, outputTokens: 0 },
      usageSource: 'vendor',
      rawUsage: SECONDS,
      costPicoUsd: BigInt(bill!.audioSeconds!) * SECOND,
      shape: { audio: 1, messages: 0, images: 0 },
      attempts: [{ status: 200, vendorRequestId: bill!.id }],
    })
    const size = new Blob([await new Response(ask(order)).arrayBuffer()]).size
    expect(Math.abs(record.shape.requestBytes - size)).toBeLessThan(50)
  })

  test(`${order}: tokens are priced by what they are`, async () => {
    const { record, text } = await transcribe(ask(order), transcript({ usage: TOKENS }), byTokens)
    expect(record).toMatchObject({
      usage: { inputTokens: 37, audioInputTokens: 35, outputTokens: 9, audioSeconds: 0 },
      usageSource: 'vendor',
      // 2 × 1.25 + 35 × 3 + 9 × 5 micro-dollars.
      costPicoUsd: 152_500_000n,
    })
    expect(JSON.parse(text).usage).toEqual({ ...TOKENS, cost_usd: 0.0001525 })
  })
}

const SEGMENTS = [
  { id: 0, start: 0, end: 1.5, text: ' Zürich' },
  { id: 1, start: 1.5, end: 3661.25, text: ' is fine. --> yes' },
]
const VERBOSE = { task: 'transcribe', language: 'de', duration: 4, segments: SEGMENTS }
const RENDERED: [format: string, asked: string, body: string][] = [
  ['text', 'json', `${TEXT}\n`],
  [
    'srt',
    'verbose_json',
    '1\n00:00:00,000 --> 00:00:01,500\nZürich\n\n2\n00:00:01,500 --> 01:01:01,250\nis fine. -> yes\n\n',
  ],
  [
    'vtt',
    'verbose_json',
    'WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nZürich\n\n00:00:01.500 --> 01:01:01.250\nis fine. -> yes\n\n',
  ],
]
for (const order of ORDERS)
  for (const [format, asked, expected] of RENDERED)
    test(`${order}: ${format} is asked for as ${asked} and written here, its cost in a header`, async () => {
      const { response, text, record } = await transcribe(
        ask(order, { response_format: format }),
        transcript({ more: VERBOSE }),
      )
      expect(text).toBe(expected)
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
      expect(response.headers.get('x-callmissed-cost-usd')).toBe('0.0004')
      const [call] = await served.vendor.calls()
      const { fields } = await formOf(call!)
      expect(fields).toContainEqual(['response_format', asked])
      expect(record).toMatchObject({ usageSource: 'vendor', costPicoUsd: 4n * SECOND })
    })

for (const format of ['json', 'verbose_json', 'diarized_json'])
  test(`${format} passes as the vendor writes it`, async () => {
    const { text, response } = await transcribe(
      ask('file first', { response_format: format }),
      transcript({ more: VERBOSE }),
    )
    const { usage, ...rest } = JSON.parse(text)
    expect(rest).toEqual({ text: TEXT, ...VERBOSE })
    expect(usage).toEqual({ ...SECONDS, cost_usd: 0.0004 })
    expect(response.headers.get('content-type')).toBe('application/json')
    const { fields } = await formOf((await served.vendor.calls())[0]!)
    expect(fields).toContainEqual(['response_format', format])
  })

test('fields behind a file that passes through are heeded too', async () => {
  const body = ask('model first')
  body.append('response_format', 'text')
  const { text } = await transcribe(body)
  expect(text).toBe(`${TEXT}\n`)
  const { fields } = await formOf((await served.vendor.calls())[0]!)
  expect(fields).toContainEqual(['response_format', 'json'])
})

test('subtitles of a vendor that tells no segments are one', async () => {
  const steps = transcript({ more: { duration: 4 } })
  const { text } = await transcribe(ask('file first', { response_format: 'srt' }), steps)
  expect(text).toBe(`1\n00:00:00,000 --> 00:00:04,000\n${TEXT}\n\n`)
})

test('a duration beside the text is the vendor’s word where there is no usage', async () => {
  const steps = transcript({ usage: null, more: { duration: 7.25 } })
  const { record } = await transcribe(ask('file first', { response_format: 'verbose_json' }), steps)
  expect(record).toMatchObject({
    usage: { audioSeconds: 7.25 },
    usageSource: 'vendor',
    costPicoUsd: 725_000_000n,
  })
})

test('one that no recording has is not: its own head’s is charged', async () => {
  const steps = transcript({ usage: null, more: { duration: 1e306 } })
  const { record } = await transcribe(ask('file first', { response_format: 'verbose_json' }), steps)
  expect(record).toMatchObject({
    outcome: 'ok',
    usage: { audioSeconds: 4 },
    usageSource: 'estimated',
    costPicoUsd: 4n * SECOND,
  })
})

for (const order of ORDERS)
  for (const [case_, usage] of [
    ['absent', null],
    ['negative', { type: 'duration', seconds: -4 }],
    ['no number', { type: 'duration', seconds: 'four' }],
    ['absurd', { type: 'duration', seconds: 1e12 }],
    ['nothing', { type: 'duration', seconds: 0 }],
    ['tokens, which have no price', TOKENS],
  ] as const)
    test(`${order}: usage that is ${case_} is the length that the recording’s head says, as an estimate`, async () => {
      const { record, response, text } = await transcribe(ask(order), transcript({ usage }))
      expect(record).toMatchObject({
        usage: { audioSeconds: 4, inputTokens: 0 },
        usageSource: 'estimated',
        costPicoUsd: 4n * SECOND,
      })
      expect(response.headers.get('x-callmissed-cost-usd')).toBe(usage ? null : '0.0004')
      expect(JSON.parse(text).usage).toEqual(
        usage ? { type: 'duration', seconds: 4, cost_usd: 0.0004 } : undefined,
      )
    })

test('a model that is priced by tokens is never free because its vendor told seconds', async () => {
  const { record, text } = await transcribe(ask('file first'), transcript(), byTokens)
  expect(record.usageSource).toBe('estimated')
  expect(record.usage).toMatchObject({ inputTokens: 40, audioInputTokens: 40, audioSeconds: 0 })
  expect(record.usage!.outputTokens).toBeGreaterThan(2)
  expect(record.costPicoUsd).toBeGreaterThan(40n * 3_000_000n)
  expect(JSON.parse(text).usage).toMatchObject({ type: 'tokens', input_tokens: 40 })
})

test('a file that says nothing of its length is billed by its size', async () => {
  const noise = new File([Buffer.alloc(32_000, 1)], 'noise.bin')
  const { record } = await transcribe(ask('file first', {}, noise), transcript({ usage: null }))
  expect(record).toMatchObject({ usage: { audioSeconds: 2 }, usageSource: 'estimated' })
})

test('a vendor’s refusal is the caller’s, and costs nothing', async () => {
  const error = {
    message: 'Unrecognized file format.',
    type: 'invalid_request_error',
    param: null,
    code: null,
  }
  for (const order of ORDERS) {
    await served.gateway.forgetRecords()
    const { text, response, record } = await transcribe(ask(order), [
      { status: 400, headers: { 'content-type': 'application/json' } },
      { text: JSON.stringify({ error }) },
    ])
    expect([response.status, JSON.parse(text)]).toEqual([400, { error }])
    expect(record).toMatchObject({ outcome: 'error', status: 400, usage: null, costPicoUsd: 0n })
  }
})

test('a vendor that answers a text where JSON was asked is an error of its own', async () => {
  const { response } = await transcribe(ask('file first'), [
    { status: 200, headers: { 'content-type': 'text/plain' } },
    { text: 'hello' },
  ])
  expect(await refusalOf(new Response(null, response)).catch(() => response.status)).toBe(502)
})

test('a recording named like a path stays a name', async () => {
  const file = new File([wav(1)], '../../etc/pass"wd', { type: 'audio/wav' })
  await transcribe(ask('model first', {}, file))
  const got = (await formOf((await served.vendor.calls())[0]!)).file
  expect(got.name).not.toContain('/')
  expect(got.bytes.length).toBe(wav(1).length)
  expect(RECORDING.size).toBe(wav(4).length)
})
