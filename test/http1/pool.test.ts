import { afterEach, expect, test } from 'bun:test'
import { FakeClock } from '../gateway/fake-clock'
import { type RawServer, type Seen, startRawServer } from './raw-server'
import { HELLO, newClient, send, until } from './send'

let server: RawServer | undefined
afterEach(() => server?.stop())

const answer = (bytes: string) => (seen: Seen) => void seen.socket.write(bytes)
const CLOSING = HELLO.replace('\r\n\r\n', '\r\nConnection: Close\r\n\r\n')

test('requests one after another share a connection; at once each has its own, and none waits', async () => {
  server = startRawServer(answer(HELLO))
  const client = newClient()
  for (let round = 0; round < 3; round++)
    expect((await send(client, server).over).said).toEqual(['head 200', 'data', 'end'])
  expect(server.seen.map(({ requests }) => requests)).toEqual([3])
  let release = () => {}
  const held = new Promise<void>(resolve => (release = resolve))
  const parallel = Array.from({ length: 300 }, () => send(client, server!, () => held))
  await until(() => server!.seen.length === 300)
  await until(() => parallel.every(({ said }) => said.length === 2))
  release()
  for (const { over } of parallel) expect((await over).said.at(-1)).toBe('end')
  expect(client.connections).toBe(300)
})

test('a connection that is free when the sink hears the end serves the request that it sends then', async () => {
  server = startRawServer(answer(HELLO))
  const client = newClient()
  await send(client, server).over
  const first = send(client, server)
  await first.over.then(() => send(client, server!).over)
  expect(server.seen).toHaveLength(1)
})

for (const [name, bytes] of [
  ['that the peer will close', CLOSING],
  ['of HTTP/1.0', HELLO.replace('1.1', '1.0')],
  ['that sent more than was asked for', `${HELLO}HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad`],
  ['that is kept for a second only', HELLO.replace('\r\n\r\n', '\r\nkeep-alive: timeout=1\r\n\r\n')],
] as const)
  test(`a connection ${name} is not used again`, async () => {
    server = startRawServer(answer(bytes))
    const client = newClient()
    for (let round = 0; round < 3; round++)
      expect((await send(client, server).over).body.toString()).toBe('hello')
    expect(server.seen.map(({ requests }) => requests)).toEqual([1, 1, 1])
    await until(() => client.connections === 0)
  })

test('an idle connection that says something is closed', async () => {
  server = startRawServer(answer(HELLO))
  const client = newClient()
  await send(client, server).over
  server.seen[0]!.socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
  await until(() => client.connections === 0)
  expect((await send(client, server).over).body.toString()).toBe('hello')
})

test('an idle connection is closed in its time, and earlier where the peer says so', async () => {
  for (const [bytes, idleMs] of [
    [HELLO, 55_000],
    [HELLO.replace('\r\n\r\n', '\r\nkeep-alive: max=9, timeout=5\r\n\r\n'), 4_000],
  ] as const) {
    server = startRawServer(answer(bytes))
    const clock = new FakeClock()
    const client = newClient({ clock })
    await send(client, server).over
    clock.advance(idleMs)
    await Bun.sleep(60)
    expect(client.connections).toBe(1)
    clock.advance(1)
    await until(() => client.connections === 0)
    await until(() => server!.seen[0]!.ended === 'fin')
    server.stop()
  }
})

test('no more idle connections are kept than may be', async () => {
  server = startRawServer(answer(HELLO))
  const client = newClient({ limits: { idlePerOrigin: 2 } })
  for (const { over } of Array.from({ length: 6 }, () => send(client, server!))) await over
  await until(() => client.connections === 2)
})

test('a request beyond the most connections fails at once, and says that nothing of it has left', async () => {
  server = startRawServer(() => {})
  const client = newClient({ limits: { connections: 3 } })
  const open = Array.from({ length: 3 }, () => send(client, server!))
  const refused = send(client, server)
  expect(refused.said).toEqual([])
  expect((await refused.over).said).toEqual(['fail connect'])
  expect([refused.connection.sent, refused.error?.message]).toEqual([
    false,
    '3 connections are open, the most there may be',
  ])
  for (const { connection } of open) connection.abort()
  await until(() => client.connections === 0)
})

test('idle connections make room for a request that would be one too many', async () => {
  server = startRawServer(answer(HELLO))
  const other = startRawServer(answer(HELLO))
  const client = newClient({ limits: { connections: 3 } })
  for (const { over } of Array.from({ length: 3 }, () => send(client, server!))) await over
  expect(client.connections).toBe(3)
  expect((await send(client, other).over).said.at(-1)).toBe('end')
  expect(client.connections).toBe(1)
  other.stop()
})

test('a kept connection that died unseen before a byte was written is replaced', async () => {
  server = startRawServer(answer(HELLO))
  const client = newClient()
  await send(client, server).over
  server.seen[0]!.socket.terminate()
  const again = send(client, server)
  expect((await again.over).said).toEqual(['head 200', 'data', 'end'])
  expect(server.seen.map(({ requests }) => requests)).toEqual([1, 1])
})

test('a kept connection that dies after a byte was written is not replaced: the request may have been taken', async () => {
  server = startRawServer(seen => {
    if (seen.requests === 1) seen.socket.write(HELLO)
    else seen.socket.end()
  })
  const client = newClient()
  await send(client, server).over
  const second = send(client, server)
  expect((await second.over).said).toEqual(['fail reset'])
  expect([second.connection.sent, server.seen.length]).toEqual([true, 1])
})

test('a connection whose answer was given up does not serve again', async () => {
  server = startRawServer(answer(HELLO.replace('hello', 'hel')))
  const client = newClient()
  const cut = send(client, server)
  await until(() => cut.said.length === 2)
  cut.connection.abort()
  await until(() => server!.seen[0]!.ended === 'reset')
  expect([cut.said, client.connections]).toEqual([['head 200', 'data'], 0])
})
