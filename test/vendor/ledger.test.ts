import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { chat } from './chat'
import { chatRequest, exchange } from './exchange'
import { startVendor, type Vendor } from './start'

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => vendor.clear())

const url = () => `${vendor.url}/chat/completions`

test('keeps the request byte for byte, with its headers in their spelling and order', async () => {
  const body = '{ "model":"m",\n\t"big":12345678901234567890, "é": "\\u00e9" }'
  await exchange(vendor.url, chatRequest(body, { 'X-One': 'a', 'x-ONE': 'b' }))
  const call = await vendor.waitForCall('m')
  expect(call.body?.toString()).toBe(body)
  expect(call.headers).toEqual([
    ['Host', 'vendor'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['X-One', 'a'],
    ['x-ONE', 'b'],
  ])
  expect(call).toMatchObject({ method: 'POST', path: '/v1/chat/completions', model: 'm' })
})

test('reads a chunked body that arrives in pieces', async () => {
  const stream = new ReadableStream({
    async start(controller) {
      for (const piece of ['{"mod', 'el":"', 'm"}']) {
        controller.enqueue(new TextEncoder().encode(piece))
        await Bun.sleep(5)
      }
      controller.close()
    },
  })
  await (await fetch(url(), { method: 'POST', body: stream })).text()
  expect((await vendor.waitForCall('m')).body?.toString()).toBe('{"model":"m"}')
})

test('reads a body of many megabytes whole', async () => {
  const body = JSON.stringify({ model: 'm', pad: 'é'.repeat(8_000_000) })
  await (await fetch(url(), { method: 'POST', body })).text()
  const call = await vendor.waitForCall('m')
  expect(call.body?.equals(Buffer.from(body))).toBe(true)
})

test('sends the id that its bill is kept under', async () => {
  await vendor.script('m', chat())
  const response = await fetch(url(), { method: 'POST', body: '{"model":"m"}' })
  await response.text()
  const [line] = await vendor.bill('m')
  expect(line?.id).toBe(response.headers.get('x-request-id')!)
  expect(line).toMatchObject({ ending: 'complete', inputTokens: 12, outputTokens: 5, tokens: 5 })
})

test('bills the figures of the script only from the moment at which they are sent', async () => {
  const usage = { inputTokens: 100, cachedInputTokens: 40, outputTokens: 70, reasoningTokens: 65 }
  await vendor.script('whole', chat({ usage }))
  await vendor.script('cut', chat({ usage, cut: { after: 3, how: 'close' } }))
  for (const model of ['whole', 'cut'])
    await (await fetch(url(), { method: 'POST', body: JSON.stringify({ model }) })).text().catch(() => '')
  expect((await vendor.bill('whole'))[0]).toMatchObject(usage)
  expect((await vendor.bill('cut'))[0]).toMatchObject({
    inputTokens: 100,
    cachedInputTokens: 0,
    outputTokens: 3,
  })
})

test('serves several requests on one connection, pipelined ones in order', async () => {
  const before = await vendor.acceptedConnections()
  const two = chatRequest({ model: 'a', x_seed: 1 }) + chatRequest({ model: 'b', x_seed: 2 })
  const { bytes } = await exchange(vendor.url, two)
  const models = [...bytes.toString().matchAll(/"model":"(\w)"/g)].map(match => match[1])
  expect(models).toEqual(['a', 'b'])
  const calls = await vendor.calls()
  expect(calls[0]?.connection).toBe(calls[1]!.connection)
  expect(await vendor.acceptedConnections()).toBe(before + 1)
})

test('closes the connection of a caller that asks for it', async () => {
  const { ended } = await exchange(vendor.url, chatRequest({ model: 'm' }, { connection: 'close' }))
  expect(ended).toBe('fin')
})

test('notes a caller that leaves before the head, and whether by reset', async () => {
  await vendor.script('m', [{ stall: true }])
  await exchange(vendor.url, chatRequest({ model: 'm' }), 50)
  const call = await vendor.waitForCall('m')
  const closed = await vendor.waitForClosed(call.id)
  expect(closed).toMatchObject({ ending: 'left', closedByReset: true, tokens: 0 })
  expect(closed.closedAfterMs).toBeGreaterThan(30)
  expect(await vendor.openConnections()).toBe(0)
})

test('refuses to say that a call which is still open was left', async () => {
  await vendor.script('m', [{ stall: true }])
  const leave = new AbortController()
  const pending = fetch(url(), { method: 'POST', body: '{"model":"m"}', signal: leave.signal }).catch(
    () => undefined,
  )
  const call = await vendor.waitForCall('m')
  await expect(vendor.waitForClosed(call.id, 60)).rejects.toThrow('open after 60 ms')
  await expect(vendor.waitForCall('m', 2, 60)).rejects.toThrow('no call 2')
  leave.abort()
  await pending
})

test('answers 100 Continue and unknown paths as an HTTP server does', async () => {
  const head = 'POST /v1/nope HTTP/1.1\r\nHost: v\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'
  const { bytes } = await exchange(vendor.url, head, 80)
  expect(bytes.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  const response = await fetch(`${vendor.url}/nope`)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ error: { code: 'unknown_url', param: null } })
})

test('ends when the process that started it ends', async () => {
  const script = `import { startVendor } from '${import.meta.dir}/start'; console.log((await startVendor()).pid); process.exit(0)`
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
  const pid = Number(await new Response(child.stdout).text())
  expect(pid).toBeGreaterThan(0)
  const alive = () => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  for (let tries = 0; tries < 100 && alive(); tries++) await Bun.sleep(20)
  expect(alive()).toBe(false)
})
