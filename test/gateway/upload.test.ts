import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Spills } from '../../src/boot/spills'
import { wav } from '../audio'
import { priceOf } from '../catalog/price-of'
import { startVendor, type Vendor } from '../vendor/start'
import { SECONDS, TEXT, transcript } from '../vendor/transcript'
import { type SlowVendor, startSlowVendor, until } from './slow-vendor'
import { ask, formOf, ORDERS } from './spoken'
import { refusalOf } from './start-endpoint'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'

const PATH = '/v1/audio/transcriptions'
const MIB = 1024 * 1024
let folder: string
let slow: SlowVendor
let started: { stop(): Promise<void> | void }[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uploads-'))
  slow = startSlowVendor()
  started = [slow]
})
afterEach(async () => {
  for (const each of started.toReversed()) await each.stop()
  rmSync(folder, { recursive: true })
})

function start(vendors: Record<string, string>, options: Partial<GatewayOptions> = {}): TestGateway {
  const spills = new Spills(folder)
  const model = { endpoints: ['audio.transcriptions' as const], price: priceOf({ audio_minute: '0.006' }) }
  const gateway = startGateway({ vendors, model, openSpill: () => spills.open(), ...options })
  started.push(gateway)
  return gateway
}

async function startScriptable(): Promise<Vendor> {
  const vendor = await startVendor()
  started.push(vendor)
  return vendor
}

const post = (
  { url, key }: TestGateway,
  body: FormData | ReadableStream,
  init: RequestInit & { duplex?: string } = {},
) =>
  fetch(`${url}${PATH}`, {
    method: 'POST',
    body,
    ...init,
    headers: { authorization: `Bearer ${key}`, ...init.headers },
  } as RequestInit)

/** A form whose file is sent as the test says; `model` stands before it, or behind it. */
function slowForm(gateway: TestGateway, order: 'model first' | 'file first', signal?: AbortSignal) {
  const model = '--X\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n'
  const file = '--X\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
    },
  })
  const send = (text: string | Uint8Array) => controller.enqueue(Buffer.from(text as string))
  // The parser tells no part before it has seen that it is longer than a boundary.
  send(`${order === 'model first' ? model : ''}${file}${'A'.repeat(100)}`)
  const asking = post(gateway, body, {
    headers: { 'content-type': 'multipart/form-data; boundary=X' },
    duplex: 'half',
    ...(signal && { signal }),
  })
  return {
    asking,
    send,
    finish() {
      send(order === 'model first' ? '\r\n--X--\r\n' : `\r\n${model}--X--\r\n`)
      controller.close()
    },
  }
}

const answered = JSON.stringify({ text: TEXT, usage: SECONDS })

test('a file whose model is known reaches the vendor while it still arrives', async () => {
  const gateway = start({ acme: slow.url })
  const { asking, send, finish } = slowForm(gateway, 'model first')
  await until(() => slow.received() > 0, 'the request has begun')
  for (let round = 1; round <= 3; round++) {
    const before = slow.received()
    send(Buffer.alloc(1000, 65))
    await until(() => slow.received() >= before + 1000, 'a kilobyte has passed')
  }
  finish()
  await until(() => slow.received() > 3_300, 'the form has ended')
  slow.answer(200, answered)
  expect((await asking).status).toBe(200)
  expect((await gateway.record()).attempts).toHaveLength(1)
})

test('a file that comes first reaches no vendor before its model is known', async () => {
  const gateway = start({ acme: slow.url })
  const { asking, send, finish } = slowForm(gateway, 'file first')
  send(Buffer.alloc(300_000, 65))
  await until(() => gateway.live.size === 1, 'the request is there')
  await Bun.sleep(50)
  expect(slow.connections()).toBe(0)
  finish()
  await until(() => slow.received() > 300_000, 'all of it has passed')
  slow.answer(200, answered)
  expect((await asking).status).toBe(200)
})

test('a held file lies in memory to a megabyte, then on the disk without a name, and is gone afterwards', async () => {
  const vendor = await startScriptable()
  await vendor.script(PATH, transcript())
  let opened = 0
  const spills = new Spills(folder)
  const openSpill = () => {
    opened += 1
    return spills.open()
  }
  const gateway = start({ acme: vendor.url }, { openSpill })
  for (const [bytes, onDisk] of [
    [MIB - 1000, 0],
    [MIB + 1000, 1],
    [6 * MIB, 2],
  ] as const) {
    const data = Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 31) % 251))
    const response = await post(gateway, ask('file first', {}, new File([data], 'a.wav')))
    expect([response.status, opened]).toEqual([200, onDisk])
    const call = (await vendor.calls(PATH)).at(-1)!
    expect(Buffer.compare((await formOf(call)).file.bytes, data)).toBe(0)
    expect(readdirSync(folder)).toEqual([])
    await vendor.clear()
    await vendor.script(PATH, transcript())
  }
}, 20_000)

test('what is held can be sent to the next deployment, from memory and from the disk', async () => {
  const vendor = await startScriptable()
  for (const bytes of [wav(2).length, 3 * MIB]) {
    await vendor.script(PATH, [{ status: 500 }], transcript())
    const gateway = start({ first: vendor.url, second: vendor.url })
    const file = new File([wav(2), Buffer.alloc(bytes - wav(2).length)], 'a.wav')
    expect((await post(gateway, ask('file first', {}, file))).status).toBe(200)
    const calls = await vendor.calls(PATH)
    expect(calls.map(({ body }) => body!.length > bytes)).toEqual([true, true])
    expect((await gateway.record()).attempts.map(({ status }) => status)).toEqual([500, 200])
    await vendor.clear()
  }
})

test('what passed through is not sent again', async () => {
  const vendor = await startScriptable()
  await vendor.script(PATH, [{ status: 500 }], transcript())
  const gateway = start({ first: vendor.url, second: vendor.url })
  expect(await refusalOf(await post(gateway, ask('model first')))).toMatchObject({
    status: 502,
    code: 'upstream_error',
  })
  expect((await gateway.record()).attempts).toHaveLength(1)
})

test('a vendor that cannot be reached has taken nothing: the next one gets what passes through', async () => {
  const vendor = await startScriptable()
  await vendor.script(PATH, transcript())
  const gateway = start({ gone: 'http://127.0.0.1:1/v1', here: vendor.url })
  expect((await post(gateway, ask('model first'))).status).toBe(200)
  expect((await gateway.record()).attempts.map(({ status }) => status)).toEqual([null, 200])
})

test('a vendor that refuses half-way is heard, and sent no more', async () => {
  const gateway = start({ acme: slow.url })
  const { asking, send } = slowForm(gateway, 'model first')
  await until(() => slow.received() > 0, 'the request has begun')
  send(Buffer.alloc(1000))
  slow.answer(400, JSON.stringify({ error: { message: 'No.', type: 'x', param: null, code: null } }))
  expect(await refusalOf(await asking)).toMatchObject({ status: 400, message: 'No.' })
  await until(() => slow.closed() === 1, 'the vendor is closed')
  expect(await gateway.record()).toMatchObject({ outcome: 'error', status: 400, costPicoUsd: 0n })
})

for (const order of ORDERS)
  test(`${order}: a caller that leaves while it sends costs nothing and leaves nothing behind`, async () => {
    const gateway = start({ acme: slow.url })
    const controller = new AbortController()
    const { asking, send } = slowForm(gateway, order, controller.signal)
    send(Buffer.alloc(2 * MIB))
    await until(() => gateway.live.size === 1, 'the request is there')
    if (order === 'model first') await until(() => slow.received() > MIB, 'half of it has passed')
    else await until(() => readdirSync(folder).length === 0, 'it is held')
    controller.abort()
    await asking.catch(() => undefined)
    expect(await gateway.record()).toMatchObject({
      outcome: 'cancelled',
      status: 499,
      usage: null,
      costPicoUsd: 0n,
    })
    if (order === 'model first') await until(() => slow.closed() === 1, 'the vendor is closed')
    expect([gateway.limits.inFlight, gateway.live.size]).toEqual([0, 0])
    expect(readdirSync(folder)).toEqual([])
  })

test('a vendor that bills on has nothing to bill where the caller leaves half-way', async () => {
  const gateway = start({ acme: slow.url }, { account: vendor => ({ ...vendor, onDisconnect: 'drain' }) })
  const controller = new AbortController()
  const { asking, send } = slowForm(gateway, 'model first', controller.signal)
  send(Buffer.alloc(2 * MIB))
  await until(() => slow.received() > MIB, 'half of it has passed')
  controller.abort()
  await asking.catch(() => undefined)
  await until(() => slow.closed() === 1, 'the vendor is closed')
  expect(await gateway.record()).toMatchObject({ outcome: 'cancelled', usage: null, costPicoUsd: 0n })
  await until(() => gateway.deps.drains.size === 0, 'nothing is read on')
})

test('a caller that leaves after it has sent all is billed what the recording says', async () => {
  const vendor = await startScriptable()
  await vendor.script(PATH, [{ stall: true }])
  const gateway = start({ acme: vendor.url })
  for (const [index, order] of ORDERS.entries()) {
    await gateway.forgetRecords()
    const controller = new AbortController()
    const asking = post(gateway, ask(order), { signal: controller.signal })
    const { id } = await vendor.waitForCall(PATH, index + 1)
    controller.abort()
    await asking.catch(() => undefined)
    await vendor.waitForClosed(id)
    expect(await gateway.record()).toMatchObject({
      outcome: 'cancelled',
      status: 499,
      usage: { audioSeconds: 4 },
      usageSource: 'estimated',
      costPicoUsd: 400_000_000n,
    })
  }
})

test('a slow upload is not a slow vendor', async () => {
  const gateway = start({ acme: slow.url }, { timeouts: { firstEvent: 0.2 } })
  const { asking, send, finish } = slowForm(gateway, 'model first')
  for (let round = 0; round < 8; round++) {
    await Bun.sleep(60)
    send(Buffer.alloc(100))
  }
  finish()
  expect(await refusalOf(await asking)).toMatchObject({ status: 504, code: 'upstream_timeout' })
  const [attempt] = (await gateway.record()).attempts
  expect(attempt!.durationMs).toBeGreaterThan(600)
})

test('a disk that takes no upload is a 503, and nothing is sent', async () => {
  const gateway = start({ acme: slow.url }, { openSpill: () => new Spills(join(folder, 'none')).open() })
  const large = new File([Buffer.alloc(2 * MIB)], 'a.wav')
  expect(await refusalOf(await post(gateway, ask('file first', {}, large)))).toMatchObject({
    status: 503,
    code: 'store_unavailable',
  })
  expect(slow.connections()).toBe(0)
  expect(gateway.live.size).toBe(0)
})

test('all uploads together take no more of the disk than they may, and give it back', async () => {
  const spills = new Spills(folder, 1000)
  const [first, second] = [await spills.open(), await spills.open()]
  await first.write(Buffer.alloc(600))
  expect(second.write(Buffer.alloc(600))).rejects.toMatchObject({ code: 'store_unavailable' })
  first.close()
  first.close()
  await second.write(Buffer.alloc(900))
  expect((await Array.fromAsync(second.read())).map(({ length }) => length)).toEqual([900])
  second.close()
})
