import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { join } from 'node:path'
import { readChatRequest } from '../../src/wire/chat-request'
import { CANARY, expectBare, expectRefusal, GOOD, post, startTarget, type Target } from './bad-input'
import { type Piece, talk } from './raw-socket'

const MAX_BYTES = 65_536
const SLOWEST_MS = 150
const MB = 1024 * 1024

let target: Target
let process: Awaited<ReturnType<typeof startProcess>>
let silent: Promise<number[]>
beforeAll(async () => {
  target = await startTarget({ maxJsonBytes: MAX_BYTES, slowestBodyMs: SLOWEST_MS })
  silent = Promise.all(['', 'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-A: '].map(closedAfter))
  process = await startProcess()
})
afterAll(async () => {
  await target.stop()
  await process.stop()
})

const CHUNKED = (head: string) =>
  `POST /v1/chat/completions HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`
const chunk = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`
const declared = (head: string, bytes: number) =>
  `POST /v1/chat/completions HTTP/1.1\r\n${head}Content-Length: ${bytes}\r\n\r\n`
const sized = (bytes: number) => GOOD.padEnd(bytes, ' ')

test('T12 a body of exactly the limit is taken, with its length declared or in chunks', async () => {
  expect((await target.ask(post(target.head, sized(MAX_BYTES)))).status).toBe(200)
  const pieces = [CHUNKED(target.head), chunk(sized(MAX_BYTES)), '0\r\n\r\n']
  expect((await target.ask(pieces)).status).toBe(200)
})

test('T12 a length above the limit is refused before the body is sent', async () => {
  expectRefusal(await target.ask(declared(target.head, MAX_BYTES + 1)), 413, 'request_too_large')
  expectRefusal(await target.ask(declared(target.head, 130 * MB)), 413, 'request_too_large')
})

test('T12 the connection can be used again once the refused body was sent', async () => {
  const pieces = [
    declared(target.head, MAX_BYTES + 1000),
    { wait: 20 },
    'a'.repeat(MAX_BYTES + 1000),
    post(target.head, GOOD),
  ]
  const { answers } = await target.send(pieces, { answers: 2 })
  expectRefusal(answers[0], 413, 'request_too_large')
  expect(answers[1]?.status).toBe(200)
})

test('T12 chunks are counted while they come, and refused before the last one', async () => {
  const pieces = [
    CHUNKED(target.head),
    chunk('a'.repeat(MAX_BYTES - 96)),
    { wait: 10 },
    chunk('a'.repeat(97)),
  ]
  expectRefusal(await target.ask(pieces), 413, 'request_too_large')
})

test('T12 what is refused for its size is recorded as such', async () => {
  const before = target.gateway.records.length
  await target.ask(declared(target.head, MAX_BYTES + 1))
  expect(await target.gateway.record(before + 1)).toMatchObject({
    outcome: 'rejected',
    status: 413,
    errorCode: 'request_too_large',
  })
})

test('T12 a length above every limit of ours is Bun’s own 413', async () => {
  const { answers } = await target.send(declared(target.head, 300 * MB))
  expectBare(answers[0], 413)
})

test('T10 a body that stops coming is 408, and holds its place no longer', async () => {
  const startedAt = performance.now()
  const answer = await target.ask(`${declared(target.head, 100)}{"model":`)
  expectRefusal(answer, 408, 'request_timeout')
  expect(performance.now() - startedAt).toBeLessThan(SLOWEST_MS + 5_000)
  expect(target.gateway.limits.inFlight).toBe(0)
})

test('T10 a byte now and then does not keep a chunked body alive', async () => {
  const drips = Array.from({ length: 40 }, (): Piece[] => [chunk('a'), { wait: 20 }]).flat()
  const startedAt = performance.now()
  const { answers } = await target.send([CHUNKED(target.head), ...drips])
  expectRefusal(answers[0], 408, 'request_timeout')
  expect(performance.now() - startedAt).toBeLessThan(40 * 20 + 5_000)
  expect(target.gateway.limits.inFlight).toBe(0)
})

test('T10 a large body that comes steadily is not cut', async () => {
  // Each part buys it 187 ms more.
  const body = sized(60_000)
  const parts = Array.from({ length: 20 }, (_, index) => chunk(body.slice(index * 3000, (index + 1) * 3000)))
  const pieces = [
    CHUNKED(target.head),
    ...parts.flatMap((part): Piece[] => [part, { wait: 20 }]),
    '0\r\n\r\n',
  ]
  const startedAt = performance.now()
  expect((await target.ask(pieces)).status).toBe(200)
  expect(performance.now() - startedAt).toBeGreaterThan(SLOWEST_MS)
})

test('T24 megabytes of structure in the place of a number are walked, not decoded', () => {
  const structure = `[${'[],'.repeat(2_000_000)}[]]`
  const ofMember = (name: string) => Buffer.from(`{"model":"m","messages":[{}],"${name}":${structure}}`)
  const timed = (body: Uint8Array) => {
    const begun = globalThis.process.cpuUsage()
    try {
      readChatRequest(body)
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_value', param: 'n' })
    }
    return globalThis.process.cpuUsage(begun).user
  }
  // The least of several, taken in turns and in time of the processor: the machine may be busy with other things.
  const bodies = { n: ofMember('n'), unknown: ofMember('unknown') }
  const least = { n: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY }
  for (let round = 0; round < 7; round++)
    for (const name of ['n', 'unknown'] as const) least[name] = Math.min(least[name], timed(bodies[name]))
  expect(least.n / least.unknown).toBeLessThan(2)
})

const big = (head: string, bytes: number): Piece[] => {
  const piece = chunk(`"${'a'.repeat(MB - 2)}"`)
  return [CHUNKED(head), chunk('{"model":"m","x":['), ...Array<Piece>(Math.round(bytes / MB)).fill(piece)]
}

test('T12 a body of 128 MB in chunks is refused at the default limit', async () => {
  const { answers } = await process.send(big(process.head, 128 * MB))
  expectRefusal(answers[0], 413, 'request_too_large')
})

test('T12 a body of 128 MB that is sent without waiting for the answer is refused', async () => {
  const pieces = [declared(process.head, 128 * MB), ...Array<Piece>(128).fill(Buffer.alloc(MB, 'a'))]
  const { answers } = await process.send([...pieces, post(process.head, GOOD)], {
    sendsAll: true,
    answers: 2,
  })
  expectRefusal(answers[0], 413, 'request_too_large')
  expect(answers[1]?.status).toBe(200)
})

test('T24 a string of 50 MB is the vendor’s to judge', async () => {
  const body = `{"model":"m","messages":[{"role":"user","content":"${'a'.repeat(50 * MB)}"}]}`
  const { answers } = await process.send(post(process.head, body), { patienceMs: 15_000 })
  expect(answers[0]?.status).toBe(200)
}, 20_000)

test('the memory of many large bodies comes back', async () => {
  const before = await process.memory()
  for (let round = 0; round < 2; round++)
    await Promise.all([
      process.send(big(process.head, 70 * MB)),
      process.send(big(process.head, 70 * MB)),
      process.send(post(process.head, `{"x":${'['.repeat(30 * MB)}`)),
      process.send(post(process.head, Buffer.alloc(30 * MB, 0xff))),
    ])
  await Bun.sleep(300)
  // The allocator keeps some of what was freed; 400 MB went through.
  expect((await process.memory()) - before).toBeLessThan(150 * MB)
  expect((await process.send(post(process.head, GOOD))).answers[0]?.status).toBe(200)
}, 30_000)

test('T9 a caller that says nothing, or no whole head, is hung up on', async () => {
  for (const ms of await silent) expect(ms).toBeLessThan(15_000)
}, 20_000)

test('after all of that it serves, and nothing was echoed or logged', async () => {
  await target.stillServes()
  expect(await process.logs()).toEqual([])
})

/** Sends these bytes and then nothing; how many milliseconds until the other side closed. */
async function closedAfter(bytes: string): Promise<number> {
  const startedAt = performance.now()
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(target.gateway.url).port) })
  if (bytes) socket.write(bytes + CANARY)
  await new Promise(resolve => socket.on('close', resolve).on('error', resolve))
  return performance.now() - startedAt
}

async function startProcess() {
  const child = Bun.spawn([globalThis.process.execPath, join(import.meta.dir, 'serve.ts')], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const { value } = await child.stdout.getReader().read()
  const { url, key, control } = JSON.parse(new TextDecoder().decode(value)) as Record<string, string>
  const json = async (path: string) => (await fetch(`${control}${path}`)).json()
  return {
    head: `Host: localhost\r\nAuthorization: Bearer ${key}\r\n`,
    send: (bytes: Piece | Piece[], options = {}) => talk(url!, bytes, { patienceMs: 10_000, ...options }),
    memory: async () => (await json('/memory')) as number,
    logs: async () => (await json('/logs')) as string[],
    stop: async () => {
      child.kill()
      await child.exited
    },
  }
}
