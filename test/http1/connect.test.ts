import { expect, test } from 'bun:test'
import { startBlackHole } from '../upstream/black-hole'
import { startRawServer } from './raw-server'
import { HELLO, newClient, send, until } from './send'

test('F44: a refused connection and a name that does not resolve are faults of connecting: nothing has left', async () => {
  const client = newClient()
  for (const url of ['http://127.0.0.1:1/', 'http://nobody.invalid/']) {
    const { said, error, connection } = await send(client, { url }).over
    expect(said).toEqual(['fail connect'])
    expect([connection.sent, error?.message.includes(url)]).toEqual([false, false])
  }
  expect(client.connections).toBe(0)
})

test('F45: an address that takes no connection is given up in its time, and nothing has left', async () => {
  const hole = await startBlackHole()
  const startedAt = performance.now()
  const { said, connection, error } = await send(newClient(), { url: hole.url }, undefined, 150).over
  expect(said).toEqual(['fail timeout'])
  expect([connection.sent, error?.message]).toEqual([false, 'no connection in 0.15 s'])
  expect(performance.now() - startedAt).toBeLessThan(1_500)
  await hole.stop()
})

test('F16: a connection that came about while the event loop stood still is one', async () => {
  const server = startRawServer(seen => void seen.socket.write(HELLO))
  const heard = send(newClient(), server, undefined, 30)
  const until = performance.now() + 120
  while (performance.now() < until);
  expect((await heard.over).said.at(-1)).toBe('end')
  server.stop()
})

test('a call that is aborted while it connects hears nothing, and its connection is closed when it stands', async () => {
  const server = startRawServer(seen => void seen.socket.write(HELLO))
  const client = newClient()
  const heard = send(client, server)
  await new Promise(resolve => setImmediate(resolve))
  expect(client.connections).toBe(1)
  heard.connection.abort()
  await until(() => server.seen[0]?.ended !== undefined)
  await until(() => client.connections === 0)
  expect([heard.said, heard.connection.sent, server.seen[0]!.requests]).toEqual([[], false, 0])
  server.stop()
})

test('a connection that is accepted and closed at once is a lost one, or one that never was', async () => {
  const server = startRawServer(() => {}, { open: seen => seen.socket.terminate() })
  const { said } = await send(newClient(), server).over
  expect(['fail reset', 'fail connect']).toContain(said.join())
  server.stop()
})

test('an address can be pinned: the name stands in Host all the same', async () => {
  let head = ''
  const client = newClient({ addressOf: () => '127.0.0.1' })
  const spy = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket, bytes) {
        head = bytes.toString()
        socket.write(HELLO)
      },
    },
  })
  const { said } = await send(client, { url: `http://vendor.test:${spy.port}/v1/x?y=1` }).over
  expect(said.at(-1)).toBe('end')
  expect(head).toStartWith(`POST /v1/x?y=1 HTTP/1.1\r\nhost: vendor.test:${spy.port}\r\nuser-agent: Test\r\n`)
  expect(head).toEndWith('content-length: 2\r\n\r\n{}')
  spy.stop(true)
})
