import { expect, test } from 'bun:test'
import { startRawServer } from './raw-server'
import { HELLO, newClient, send, until } from './send'

const SLOW = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const CALLS = 2_000
const AT_ONCE = 50

test(`of ${CALLS} calls, a third given up anywhere, none takes another’s answer and no connection is lost sight of`, async () => {
  let turn = 0
  const server = startRawServer(async ({ socket }) => {
    turn += 1
    if (turn % 3 === 0) {
      socket.write(HELLO)
      return
    }
    socket.write(SLOW)
    for (const piece of ['1\r\nh\r', '\n4\r\nel', 'lo\r\n0\r', '\n\r\n']) {
      if (turn % 2) await Bun.sleep(1)
      socket.write(piece)
    }
  })
  const client = newClient()
  let left = CALLS
  let whole = 0
  const worker = async (index: number) => {
    while (left-- > 0) {
      const heard = send(client, server, () => ((left + index) % 7 === 0 ? Bun.sleep(1) : undefined))
      if ((left + index) % 3 === 0) {
        if (left % 2) await Bun.sleep(left % 5)
        heard.connection.abort()
        const said = heard.said.length
        await Bun.sleep(0)
        expect(heard.said.length).toBe(said)
        continue
      }
      await heard.over
      expect([heard.said.at(-1), heard.body.toString()]).toEqual(['end', 'hello'])
      whole += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => worker(index)))
  expect(whole).toBeGreaterThan(CALLS / 2)
  await until(() => client.connections === server.seen.filter(({ ended }) => ended === undefined).length)
  expect(client.connections).toBeLessThanOrEqual(AT_ONCE)
  client.close()
  await until(() => client.connections === 0 && server.seen.every(({ ended }) => ended !== undefined))
  server.stop()
}, 60_000)
