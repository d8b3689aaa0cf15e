import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startVendor } from '../vendor/start'
import { chat, codeOf } from './chat'
import { KeptConnection } from './kept-connection'
import { adminKeyOf, recordOf } from './management'
import {
  type ServingGateway,
  startGateway,
  startProcess,
  stopEverything,
  temporaryFolder,
} from './start-process'
import { configureVendor } from './vendor-config'

setDefaultTimeout(120_000)
afterAll(stopEverything)

const idOf = (response: Response) => response.headers.get('x-callmissed-request-id') ?? ''
const codeIn = (body: string) => JSON.parse(body).error?.code
const dataOf = (text: string) => text.split('\n').filter(line => line.startsWith('data: '))

/** All tests use one data folder, one process after the other: each sees what the one before it stored. */
describe('SIGTERM', () => {
  let dataDir: string
  beforeAll(() => {
    dataDir = join(temporaryFolder(), 'data')
  })
  const start = (env: Record<string, string> = {}) => startGateway(dataDir, { env })
  const headersOf = ({ key }: ServingGateway) => ({
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
  })
  /** The record of a request that an earlier process served. */
  const recorded = async (gateway: ServingGateway, id: string) =>
    recordOf(gateway, await adminKeyOf(dataDir), id)
  let finished = ''
  let cut = ''
  let cutAtOnce = ''

  test('lets an open stream and a waiting answer finish, takes nothing new, and exits with 0', async () => {
    const gateway = await start()
    const idle = await KeptConnection.open(gateway.url)
    const busy = await KeptConnection.open(gateway.url)
    expect((await idle.ask('GET', '/v1/models', headersOf(gateway))).status).toBe(200)
    const response = await chat(gateway, 'demo:pace=20ms demo:tokens=50', { stream: true })
    finished = idOf(response)
    const body = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'demo:slow=500ms' }] })
    const unary = busy.ask('POST', '/v1/chat/completions', headersOf(gateway), body)
    const stream = response.text()
    await Bun.sleep(150)

    gateway.signal('SIGTERM')
    await gateway.logged(/"message":"shutting down","inFlight":2/)
    const ask = (connection: KeptConnection) =>
      connection.ask('POST', '/v1/chat/completions', headersOf(gateway), body).then(
        ({ status, head, body: text }) => [status, /^connection: (.*)$/im.exec(head)?.[1], codeIn(text)],
        () => 'closed',
      )
    const refused = [503, 'close', 'shutting_down']
    const askAnew = () => KeptConnection.open(gateway.url).then(ask, (error: { code: string }) => error.code)
    expect(['closed', refused]).toContainEqual(await ask(idle))
    let anew = await askAnew()
    while (anew !== 'ECONNREFUSED') {
      expect(['closed', refused]).toContainEqual(anew)
      anew = await askAnew()
    }
    expect(await ask(idle)).toBe('closed')

    const lines = dataOf(await stream)
    expect(lines.at(-1)).toBe('data: [DONE]')
    expect(lines.filter(line => line.includes('"content":"') && !line.includes('"content":""'))).toHaveLength(
      50,
    )
    expect(await unary).toMatchObject({ status: 200 })
    expect(JSON.parse((await unary).body).choices[0].finish_reason).toBe('stop')
    expect(['closed', refused]).toContainEqual(await ask(busy))
    expect(await gateway.ended()).toBe(0)
  })

  test('cuts what outlives the grace time with an error event and [DONE], and records it', async () => {
    const gateway = await start({ SHUTDOWN_GRACE_SECONDS: '1' })
    expect(await recorded(gateway, finished)).toMatchObject({
      outcome: 'ok',
      finish_reason: 'stop',
      usage: { output_tokens: 50 },
    })
    const response = await chat(gateway, 'demo:pace=50ms demo:tokens=2000', { stream: true })
    cut = idOf(response)
    const begun = performance.now()
    gateway.signal('SIGTERM')
    const lines = dataOf(await response.text())
    expect(performance.now() - begun).toBeGreaterThan(900)
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(lines.at(-1)).toBe('data: [DONE]')
    expect(JSON.parse(lines.at(-2)?.slice(6) ?? '')).toEqual({
      error: { message: expect.any(String), type: 'server_error', param: null, code: 'shutting_down' },
    })
    expect(await gateway.ended()).toBe(0)
  })

  test('a second one cuts at once, streams and waiting answers alike', async () => {
    const gateway = await start()
    const record = await recorded(gateway, cut)
    expect(record).toMatchObject({
      outcome: 'error',
      error_code: 'shutting_down',
      status: 200,
      vendor: 'demo',
    })
    expect(record.usage?.output_tokens).toBeGreaterThan(5)
    expect(Number(record.cost_usd)).toBeGreaterThan(0)
    const response = await chat(gateway, 'demo:pace=50ms demo:tokens=2000', { stream: true })
    cutAtOnce = idOf(response)
    const unary = chat(gateway, 'demo:slow=20s')
    await Bun.sleep(200)
    gateway.signal('SIGTERM')
    // What comes within a second is the same signal, passed on by every parent of the process group.
    await Bun.sleep(1_100)
    const begun = performance.now()
    gateway.signal('SIGTERM')
    expect(await response.text()).toContain('"code":"shutting_down"')
    const answer = await unary
    expect([answer.status, await codeOf(answer)]).toEqual([503, 'shutting_down'])
    expect(await gateway.ended()).toBe(0)
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  test('Ctrl-C does the same', async () => {
    const gateway = await start()
    expect(await recorded(gateway, cutAtOnce)).toMatchObject({
      outcome: 'error',
      error_code: 'shutting_down',
    })
    const response = await chat(gateway, 'demo:pace=10ms demo:tokens=30', { stream: true })
    gateway.signal('SIGINT')
    expect(await response.text()).toEndWith('data: [DONE]\n\n')
    expect(await gateway.ended()).toBe(0)
  })

  test('before anything is served just ends the start', async () => {
    const gateway = startProcess(dataDir)
    await gateway.printed(/starting/)
    await Bun.sleep(200)
    gateway.signal('SIGTERM')
    expect(await gateway.ended()).toBe(0)
    expect(gateway.stdout()).not.toContain('serves')
    expect(gateway.stderr()).toBe('')
  })

  test('does not wait for callers that left', async () => {
    const gateway = await start()
    for (let round = 0; round < 4; round++) {
      const leaving = Array.from({ length: 25 }, async (_, index) => {
        const leave = new AbortController()
        const stream = index % 2 === 0
        const asked = chat(gateway, 'demo:pace=20ms', { stream, signal: leave.signal })
        setTimeout(() => leave.abort(), 40 + index * 4)
        return asked.then(response => response.text()).catch(() => 'left')
      })
      expect(new Set(await Promise.all(leaving))).toEqual(new Set(['left']))
    }
    const begun = performance.now()
    gateway.signal('SIGTERM')
    expect(await gateway.ended()).toBe(0)
    expect(performance.now() - begun).toBeLessThan(10_000)
  })
})

test('SIGTERM leaves nobody without a word who had asked before it, heard of or not', async () => {
  const gateway = await startGateway(join(temporaryFolder(), 'data'))
  const kept = await KeptConnection.open(gateway.url)
  const authorization = `Bearer ${gateway.key}`
  expect(await kept.ask('GET', '/v1/models', { authorization })).toMatchObject({ status: 200 })
  // A process that does not get to run: what comes meanwhile is with the system.
  gateway.signal('SIGSTOP')
  const asked = Array.from({ length: 100 }, () => statusOf(gateway))
  await Promise.all(asked.map(({ sent }) => sent))
  const onKept = kept.ask('GET', '/v1/models', { authorization }).then(
    ({ status }) => status,
    () => 'closed',
  )
  gateway.signal('SIGTERM')
  gateway.signal('SIGCONT')
  const seen = await Promise.all([onKept, ...asked.map(({ status }) => status)])
  expect(seen.filter(status => status !== 200 && status !== 503)).toEqual([])
  expect(await gateway.ended()).toBe(0)
})

test('SIGTERM leaves a caller that reads slowly the time to read its whole answer', async () => {
  const dataDir = join(temporaryFolder(), 'data')
  const vendor = await startVendor()
  await configureVendor(dataDir, vendor.url)
  const content = 'slowly '.repeat(3_000_000)
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 1, completion_tokens: 3_000_000, total_tokens: 3_000_001 }
  const answer = JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', model: 'm', choices, usage })
  await vendor.script('acme-large-2026-01', [
    { status: 200, headers: { 'content-type': 'application/json' } },
    { text: answer },
  ])
  const gateway = await startGateway(dataDir, { env: { ACME_KEY: 'sk-acme' } })
  const slow = askSlowly(
    gateway,
    JSON.stringify({ model: 'acme', messages: [{ role: 'user', content: 'Hi' }] }),
  )
  await slow.begun
  gateway.signal('SIGTERM')
  const { length, received } = await slow.whole
  expect(length).toBeGreaterThan(20_000_000)
  expect(received).toBe(length)
  expect(await gateway.ended()).toBe(0)
  await vendor.stop()
})

/** Asks over a connection of its own, and tells when the system has all of the request. */
function statusOf({ url, key }: ServingGateway) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const head = ['GET /v1/models HTTP/1.1', 'host: localhost', `authorization: Bearer ${key}`]
  const sent = new Promise<unknown>(resolve => socket.write(`${head.join('\r\n')}\r\n\r\n`, resolve))
  const status = new Promise<number | 'closed'>(resolve => {
    socket.once('data', text => {
      resolve(Number(text.toString('latin1').split(' ')[1]))
      socket.destroy()
    })
    socket.once('error', () => resolve('closed'))
    socket.once('close', () => resolve('closed'))
  })
  return { sent, status }
}

/** Asks over a socket that takes the first bytes, and the rest only a second later. */
function askSlowly({ url, key }: ServingGateway, body: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  socket.on('data', chunk => chunks.push(chunk))
  const begun = new Promise<void>(resolve =>
    socket.once('data', () => {
      socket.pause()
      setTimeout(() => socket.resume(), 1_000)
      resolve()
    }),
  )
  const whole = new Promise<{ length: number; received: number }>(resolve =>
    socket.once('close', () => {
      const answer = Buffer.concat(chunks)
      const end = answer.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(answer.toString('latin1', 0, end))?.[1])
      resolve({ length, received: answer.length - end - 4 })
    }),
  )
  return { begun, whole }
}
