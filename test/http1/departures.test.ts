import { afterEach, expect, test } from 'bun:test'
import { type RawServer, startRawServer } from './raw-server'
import { HELLO, newClient, send } from './send'

let server: RawServer | undefined
afterEach(() => server?.stop())

/** A client whose turns end when the test says so. */
function slowTurns(beforeLeaving = () => {}) {
  const turns: (() => void)[] = []
  const client = newClient({ nextTurn: run => turns.push(run), beforeLeaving })
  const endTurn = () => {
    for (const run of turns.splice(0)) run()
  }
  return { client, turns, endTurn }
}

const raw = () => (server = startRawServer(seen => void seen.socket.write(HELLO)))

test('the requests of one turn leave together, once it is over, and what comes before them comes once', async () => {
  let times = 0
  const { client, turns, endTurn } = slowTurns(() => times++)
  const peer = raw()
  const heard = [1, 2, 3].map(() => send(client, peer))
  expect([turns.length, times, client.connections]).toEqual([1, 0, 0])
  endTurn()
  expect([times, client.connections]).toEqual([1, 3])
  for (const { over } of heard) expect((await over).said).toEqual(['head 200', 'data', 'end'])
  send(client, peer)
  endTurn()
  expect(times).toBe(2)
})

test('a request that is aborted before its turn is over is not sent, nor is anything dialled for it', async () => {
  const { client, endTurn } = slowTurns()
  const heard = send(client, raw())
  heard.connection.abort()
  endTurn()
  await Bun.sleep(20)
  expect([heard.said, heard.connection.sent, client.connections]).toEqual([[], false, 0])
})

test('where what comes before them throws, none leaves: each fails as withheld, by that cause', async () => {
  const cause = new Error('the disk is full')
  let isFull = true
  const { client, endTurn } = slowTurns(() => {
    if (isFull) throw cause
  })
  const peer = raw()
  const heard = [1, 2].map(() => send(client, peer))
  const gone = send(client, peer)
  gone.connection.abort()
  endTurn()
  for (const { over } of heard) {
    const { said, error, connection } = await over
    expect([said, error?.cause, connection.sent]).toEqual([['fail withheld'], cause, false])
  }
  expect([gone.said, client.connections]).toEqual([[], 0])
  isFull = false
  const next = send(client, peer)
  endTurn()
  expect((await next.over).said).toEqual(['head 200', 'data', 'end'])
})

test('a request whose sending throws fails alone', async () => {
  const { client, endTurn } = slowTurns()
  const peer = raw()
  const broken = send(client, { ...peer, body: undefined as unknown as Uint8Array })
  const whole = send(client, peer)
  // Their connections are new: a body is looked at when its own stands.
  endTurn()
  expect((await whole.over).body.toString()).toBe('hello')
  expect((await broken.over).said).toHaveLength(1)
  expect(broken.connection.sent).toBe(false)
  const again = send(client, { ...peer, body: undefined as unknown as Uint8Array })
  endTurn()
  expect((await again.over).said).toEqual(['fail connect'])
})
