import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { chat, textOf } from './chat'
import { chatRequest, exchange } from './exchange'
import { startVendor, type Vendor } from './start'
import { bodyOf, type Step } from './step'

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => vendor.clear())

const post = (model: string, init: RequestInit = {}) =>
  fetch(`${vendor.url}/chat/completions`, { method: 'POST', body: JSON.stringify({ model }), ...init })

test('sends the status, headers and body bytes of the script and nothing else', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  const head = {
    status: 418,
    reason: 'Teapot',
    headers: [
      ['X-A', '1'],
      ['x-a', '2'],
    ] as [string, string][],
  }
  await vendor.script('m', [{ ...head, bare: true }, { bytes }, { text: 'é' }, { chunk: 'data: 1' }])
  const { bytes: seen, ended } = await exchange(vendor.url, chatRequest({ model: 'm' }))
  const expected = Buffer.concat([
    Buffer.from('HTTP/1.1 418 Teapot\r\nX-A: 1\r\nx-a: 2\r\ntransfer-encoding: chunked\r\n\r\n100\r\n'),
    bytes,
    Buffer.from('\r\n2\r\né\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n'),
  ])
  expect(seen).toEqual(expected)
  expect(ended).toBe('open')
})

test('sends a ready-made stream that a client reads byte for byte', async () => {
  const steps = chat({ tokens: ['é', '😀', 'ü'] })
  await vendor.script('m', steps)
  const response = await post('m')
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(bodyOf(steps).equals(await response.bytes())).toBe(true)
  expect(textOf({ tokens: ['é', '😀', 'ü'] })).toBe('é😀ü')
})

test('takes the next script at each call and keeps the last', async () => {
  await vendor.script('m', [{ status: 503 }], [{ status: 200 }, { text: 'ok' }])
  const statuses = [(await post('m')).status, (await post('m')).status, (await post('m')).status]
  expect(statuses).toEqual([503, 200, 200])
})

test('matches a script by header before model, and by path', async () => {
  await vendor.script('m', [{ status: 200 }])
  await vendor.script('other', [{ status: 201 }])
  await vendor.script('/v1/models', [{ status: 202 }])
  expect((await post('m', { headers: { 'x-script': 'other' } })).status).toBe(201)
  expect((await fetch(`${vendor.url}/models?limit=1`)).status).toBe(202)
})

test('cuts a body at the offsets asked for, each piece a read of its own', async () => {
  const head: Step = { status: 200, framing: 'close', headers: {}, bare: true }
  await vendor.script('m', [head, { wait: 20 }, { split: [1, 3], gapMs: 20 }, { text: 'a😀z' }])
  const { reads, ended } = await exchange(vendor.url, chatRequest({ model: 'm' }))
  expect(reads.slice(1).map(read => read.toString('hex'))).toEqual(['61', 'f09f', '98807a'])
  expect(ended).toBe('fin')
})

test('writes every byte alone where the split is every', async () => {
  await vendor.script('m', [{ status: 200, bare: true }, { split: 'every', gapMs: 0 }, { text: 'abc' }])
  const { bytes } = await exchange(vendor.url, chatRequest({ model: 'm' }))
  expect(bytes.toString()).toEndWith('\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n')
})

test('is seen as ECONNRESET where it resets, after what it sent before', async () => {
  await vendor.script('m', chat({ cut: { after: 2, how: 'reset' } }))
  const response = await post('m')
  const decoder = new TextDecoder()
  let text = ''
  const read = async () => {
    for await (const piece of response.body!) text += decoder.decode(piece)
  }
  await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(text).toContain('word1')
  expect(text).not.toContain('word2')
  const raw = await exchange(vendor.url, chatRequest({ model: 'm' }))
  expect(raw.ended).toBe('reset')
  expect((await vendor.calls('m')).map(call => call.ending)).toEqual(['reset', 'reset'])
})

test('closes in mid-stream without a terminating chunk', async () => {
  await vendor.script('m', chat({ cut: { after: 1, how: 'close' } }))
  const { bytes, ended } = await exchange(vendor.url, chatRequest({ model: 'm' }))
  expect(ended).toBe('fin')
  expect(bytes.toString()).not.toContain('\r\n0\r\n')
  expect((await vendor.bill('m'))[0]).toMatchObject({ ending: 'cut', outputTokens: 1 })
})

test('ends a body that only the closing delimits, and calls that complete', async () => {
  await vendor.script('m', [{ status: 200, framing: 'close' }, { text: 'all of it' }, { close: true }])
  const response = await post('m')
  expect(await response.text()).toBe('all of it')
  expect(response.headers.get('content-length')).toBeNull()
  expect((await vendor.calls('m'))[0]?.ending).toBe('complete')
})

test('promises more bytes than it sends', async () => {
  await vendor.script('m', [
    { status: 200, headers: { 'content-length': '10' } },
    { text: '12345' },
    { close: true },
  ])
  const response = await post('m')
  await expect(response.text()).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('sends malformed framing, early hints and a flood of headers as they are', async () => {
  await vendor.script('bad', [{ status: 200 }, { raw: 'zz\r\nnonsense\r\n' }, { close: true }])
  expect((await exchange(vendor.url, chatRequest({ model: 'bad' }))).bytes.toString()).toEndWith(
    'zz\r\nnonsense\r\n',
  )
  const flood = Array.from({ length: 5000 }, (_, index): [string, string] => [`x-${index}`, 'v'.repeat(20)])
  await vendor.script('m', [
    { status: 103, headers: { link: '</a>' } },
    { status: 200, headers: flood },
    { text: 'ok' },
  ])
  const text = (await exchange(vendor.url, chatRequest({ model: 'm' }))).bytes.toString()
  expect(text).toStartWith('HTTP/1.1 103 Vendor\r\nlink: </a>\r\n\r\nHTTP/1.1 200 Vendor\r\n')
  expect(text).toContain(`\r\nx-4999: ${'v'.repeat(20)}\r\n`)
  expect(text).toEndWith('\r\n\r\n2\r\nok\r\n0\r\n\r\n')
})

test('answers with raw bytes alone, without any head of its own', async () => {
  await vendor.script('m', [{ raw: 'SSH-2.0-OpenSSH_9.2\r\n' }])
  const { bytes, ended } = await exchange(vendor.url, chatRequest({ model: 'm' }))
  expect(bytes.toString()).toBe('SSH-2.0-OpenSSH_9.2\r\n')
  expect(ended).toBe('fin')
})

test('floods a peer that does not read without losing a byte', async () => {
  const piece = 'x'.repeat(64 * 1024)
  await vendor.script('m', [{ status: 200 }, { repeat: 400, steps: [{ text: piece }] }])
  const response = await post('m')
  await Bun.sleep(200)
  expect((await response.bytes()).length).toBe(400 * piece.length)
})

test('waits and stalls for as long as it is told', async () => {
  await vendor.script('m', [{ wait: 120 }, { status: 200 }, { text: 'a' }, { stall: true }])
  const startedAt = performance.now()
  const response = await post('m')
  expect(performance.now() - startedAt).toBeGreaterThan(100)
  const reader = response.body!.getReader()
  await reader.read()
  const [call] = await vendor.calls('m')
  await Bun.sleep(100)
  expect((await vendor.calls('m'))[0]?.ending).toBeNull()
  await reader.cancel()
  const closed = await vendor.waitForClosed(call!.id)
  expect(closed.closedAfterMs).toBeGreaterThan(200)
})

test('waits at a gate until it is opened', async () => {
  await vendor.script('m', [{ status: 200 }, { text: 'one ' }, { gate: 'g' }, { text: 'two' }])
  const reader = (await post('m')).body!.getReader()
  const read = async () => new TextDecoder().decode((await reader.read()).value)
  expect(await read()).toBe('one ')
  const rest = read()
  expect(await Promise.race([rest, Bun.sleep(50).then(() => 'waits')])).toBe('waits')
  await vendor.open('g')
  expect(await rest).toBe('two')
})
