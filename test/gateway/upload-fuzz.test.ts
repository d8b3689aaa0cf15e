import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { wav } from '../audio'
import { transcript } from '../vendor/transcript'
import { type Served, startEndpoint } from './start-endpoint'

const PATH = 'audio/transcriptions'
const TYPE = { 'content-type': 'multipart/form-data; boundary=Xy' }

let served: Served
beforeAll(async () => {
  served = await startEndpoint(['audio.transcriptions'], { audio_minute: '0.006' }, { slowestBodyMs: 2_000 })
  await served.vendor.script(`/v1/${PATH}`, transcript())
})
afterAll(() => served.stop())

const part = (head: string, body: Uint8Array | string) =>
  Buffer.concat([
    Buffer.from(`--Xy\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(body as string),
    Buffer.from('\r\n'),
  ])
const MODEL = part('name="model"', 'm')
const FILE = part('name="file"; filename="a.wav"', wav(0.1))
const END = Buffer.from('--Xy--\r\n')
const FORMS = [Buffer.concat([MODEL, FILE, END]), Buffer.concat([FILE, MODEL, END])]

/** Bytes that mean something in a form. */
const WORDS = [
  '\r\n',
  '--Xy',
  '--Xy--',
  '"',
  ';',
  '\0',
  ': ',
  'name="model"',
  'Content-Type: a/b',
  '\r\n\r\n',
  'é',
]
const edit = fc.record({
  at: fc.nat(1_000_000),
  remove: fc.nat(40),
  insert: fc.oneof(
    fc.constantFrom(...WORDS).map(word => Buffer.from(word)),
    fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes)),
  ),
})

test('no form, however it is mangled, is a failure of ours, or leaves anything behind', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...FORMS),
    fc.array(edit, { minLength: 1, maxLength: 4 }),
    async (form, edits) => {
      let bytes = form
      for (const { at, remove, insert } of edits) {
        const start = at % (bytes.length + 1)
        bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)])
      }
      const response = await served.post(PATH, '', { body: bytes, headers: TYPE } as RequestInit)
      const text = await response.text()
      expect({ status: response.status, text }).toEqual({
        status: expect.any(Number),
        text: expect.not.stringContaining('internal_error'),
      })
      expect([200, 400, 404]).toContain(response.status)
    },
  )
  await fc.assert(property, { numRuns: 300 })
  await served.gateway.forgetRecords()
  expect([served.gateway.limits.inFlight, served.gateway.live.size]).toEqual([0, 0])
  expect(served.gateway.logs.filter(line => line.includes('inside the gateway'))).toEqual([])
}, 60_000)
