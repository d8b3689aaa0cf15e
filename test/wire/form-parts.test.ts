import { expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { ArrivingBody } from '../../src/wire/body'
import { type FormEvent, FormParts } from '../../src/wire/form-parts'

const FILE =
  '--X\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
const MODEL = '--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
const FORM = `${FILE}ABC\r\nDEF\r\n${MODEL}--X--\r\n`
const TYPE = 'multipart/form-data; boundary=X'

/** The events of a form that arrives in pieces of this size. */
async function read(form: string | Buffer, pieceBytes = 1_000_000, type: string | null = TYPE) {
  const bytes = Buffer.from(form as string)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += pieceBytes)
        controller.enqueue(bytes.subarray(at, at + pieceBytes))
      controller.close()
    },
  })
  const request = new Request('http://localhost', { method: 'POST', body, duplex: 'half' } as RequestInit)
  const parts = new FormParts(type, new ArrivingBody(request, 10_000_000, 1_000))
  const events: FormEvent[] = []
  for (let event = await parts.next(); event; event = await parts.next()) events.push(event)
  return events
}

/** The same with the file's pieces joined. */
async function told(form: string | Buffer, pieceBytes?: number) {
  const events = await read(form, pieceBytes)
  const file = events.flatMap(event => (event.kind === 'bytes' ? [Buffer.from(event.bytes)] : []))
  return {
    file: Buffer.concat(file).toString('latin1'),
    events: events.filter(({ kind }) => kind !== 'bytes'),
  }
}

async function failureOf(reading: Promise<unknown>): Promise<GatewayError> {
  const error = await reading.then(
    () => undefined,
    cause => cause,
  )
  if (!(error instanceof GatewayError)) throw new Error(`it was read: ${error}`)
  return error
}

test('a form is read the same wherever it is cut', async () => {
  for (let pieceBytes = 1; pieceBytes <= FORM.length; pieceBytes++)
    expect(await told(FORM, pieceBytes)).toEqual({
      file: 'ABC\r\nDEF',
      events: [
        { kind: 'file', name: 'file', filename: 'a.wav', type: 'audio/wav' },
        { kind: 'end' },
        { kind: 'field', name: 'model', value: 'm' },
      ],
    })
})

test('fields keep their order and their names, repeated or not, and any text', async () => {
  const field = (name: string, value: string) =>
    `--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const text = 'é😀\r\n--Y "quoted"'
  const { events } = await told(
    `${field('a[]', '1')}${field('prompt', text)}${field('a[]', '')}${field('b[c]', '3')}--X--\r\n`,
  )
  expect(events as unknown).toEqual([
    { kind: 'field', name: 'a[]', value: '1' },
    { kind: 'field', name: 'prompt', value: text },
    { kind: 'field', name: 'a[]', value: '' },
    { kind: 'field', name: 'b[c]', value: '3' },
  ])
})

test('what looks like the boundary inside a file is the file’s', async () => {
  const data = 'Q--X\r\r\n--\r\n-X\n--X\r\n--'
  for (const pieceBytes of [1, 2, 3, 5, 1000])
    expect((await told(FORM.replace('ABC\r\nDEF', data), pieceBytes)).file).toBe(data)
})

test('an empty file is a file', async () => {
  const { events, file } = await told(FORM.replace('ABC\r\nDEF', ''))
  expect([file, events.length]).toEqual(['', 3])
})

const BROKEN: [case_: string, form: string][] = [
  ['nothing', ''],
  ['another boundary', FORM.replaceAll('--X', '--Y')],
  ['line feeds alone', FORM.replaceAll('\r\n', '\n')],
  ['no last boundary', FORM.slice(0, -'--X--\r\n'.length)],
  ['a part without a name', FORM.replace(' name="model"', '')],
  ['a name that is too long', FORM.replace('"model"', `"${'n'.repeat(200)}"`)],
  ['too many parts', `${MODEL.repeat(300)}--X--\r\n`],
]
for (const [case_, form] of BROKEN)
  test(`${case_} is no form`, async () => {
    for (const pieceBytes of [7, 1_000_000])
      expect(await failureOf(read(form, pieceBytes))).toMatchObject({
        code: 'invalid_multipart',
        status: 400,
      })
  })

test('a form that breaks off anywhere is none', async () => {
  for (let length = 1; length < FORM.length - '--\r\n'.length; length++)
    expect((await failureOf(read(FORM.slice(0, length)))).code).toBe('invalid_multipart')
})

test('a second file and a field of a megabyte are refused by name', async () => {
  const second = await failureOf(read(`${FILE}A\r\n${FORM}`))
  expect([second.code, second.param]).toEqual(['invalid_value', 'file'])
  const long = await failureOf(read(FORM.replace('\r\nm\r\n', `\r\n${'m'.repeat(1_100_000)}\r\n`)))
  expect([long.code, long.param]).toEqual(['invalid_value', 'model'])
})

for (const [type, code] of [
  [null, 'unsupported_media_type'],
  ['application/json', 'unsupported_media_type'],
  ['multipart/form-database; boundary=X', 'unsupported_media_type'],
  ['multipart/form-data', 'invalid_multipart'],
  ['multipart/form-data; boundary=', 'invalid_multipart'],
  ['multipart/form-data; boundary="X "', 'invalid_multipart'],
  ['multipart/form-data; boundary=----', 'invalid_multipart'],
  [`multipart/form-data; boundary=${'b'.repeat(71)}`, 'invalid_multipart'],
  ['multipart/form-data; boundary="a\\"b"', 'invalid_multipart'],
] as const)
  test(`the type ${type} is ${code}`, async () => {
    expect((await failureOf(read(FORM, 1000, type))).code).toBe(code)
  })

test('a boundary may be quoted, and the type be of any case', async () => {
  expect(await read(FORM, 1000, 'Multipart/Form-Data; charset=utf-8; Boundary="X"')).toHaveLength(4)
})
