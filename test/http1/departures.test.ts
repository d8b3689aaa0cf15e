import { afterEach, expect, test } from 'bun:test'
import { type RawServer, startRawServer } from './raw-server'
import { HELLO, newClient, send, until } from './send'

let server: RawServer | undefined
afterEach(() => server?.stop())

/** A client whose turns end when the test says so. */
function slowTurns() {
  const turns: (() => void)[] = []
  const client = newClient({ nextTurn: run => turns.push(run) })
  const endTurn = () => {
    for (const run of turns.splice(0)) run()
  }
  return { client, turns, endTurn }
}

const raw = () => (server = startRawServer(seen => void seen.socket.write(HELLO)))

test('the requests of one turn leave together, once it is over, and each is asked before the first one leaves', async () => {
  const { client, turns, endTurn } = slowTurns()
  const connectionsWhenAsked: number[] = []
  const asked = () => connectionsWhenAsked.push(client.connections)
  const peer = raw()
  const heard = [1, 2, 3].map(() => send(client, peer, undefined, undefined, asked))
  expect([turns.length, connectionsWhenAsked, client.connections]).toEqual([1, [], 0])
  endTurn()
  expect([connectionsWhenAsked, client.connections]).toEqual([[0, 0, 0], 3])
  for (const { over } of heard) expect((await over).said).toEqual(['head 200', 'data', 'end'])
})

test('a request that is aborted before its turn is over is not sent, nor is anything dialled for it', async () => {
  const { client, endTurn } = slowTurns()
  let isAsked = false
  const heard = send(client, raw(), undefined, undefined, () => (isAsked = true))
  heard.connection.abort()
  endTurn()
  await Bun.sleep(20)
  expect([isAsked, heard.said, heard.connection.sent, client.connections]).toEqual([false, [], false, 0])
})

test('a request whose sink does not let it fails as withheld, by that cause, and the others leave', async () => {
  const cause = new Error('the disk is full')
  const { client, endTurn } = slowTurns()
  const peer = raw()
  const withheld = send(client, peer, undefined, undefined, () => {
    throw cause
  })
  const other = send(client, peer)
  endTurn()
  const { said, error, connection } = await withheld.over
  expect([said, error?.cause, connection.sent]).toEqual([['fail withheld'], cause, false])
  expect((await other.over).said).toEqual(['head 200', 'data', 'end'])
  expect(server!.seen).toHaveLength(1)
})

test('a request whose sending throws fails alone, once, and its connection is closed', async () => {
  const { client, endTurn } = slowTurns()
  const peer = raw()
  const first = send(client, peer)
  endTurn()
  await first.over
  const broken = send(client, { ...peer, body: undefined as unknown as Uint8Array })
  const whole = send(client, peer)
  endTurn()
  expect((await whole.over).body.toString()).toBe('hello')
  expect((await broken.over).said).toEqual(['fail withheld'])
  await until(() => server!.seen[0]!.ended !== undefined)
  expect([broken.said, client.connections, server!.seen.length]).toEqual([['fail withheld'], 1, 2])
})
