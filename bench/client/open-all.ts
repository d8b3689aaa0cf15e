import { ClientConnection } from './connection.ts'
import { type ClientOrder, streamRequest } from './order.ts'
import { LoadStream } from './stream.ts'
import type { Tally } from './tally.ts'

const OPEN_GAP_MS = 2
const LIVE_LIMIT_MS = 10_000

/** A stream that was opened, with the id that the vendor knows it by. */
export interface OpenStream {
  id: number
  connection: ClientConnection
  stream: LoadStream
}

/**
 * Opens `order.streams` streams one after the other, each on a connection of its own, and waits until all have
 * brought content (or, when the vendor is told to be silent first, until its turn is surely reached).
 */
export async function openAll(order: ClientOrder, firstId: number, tally: Tally): Promise<OpenStream[]> {
  const opened: OpenStream[] = []
  for (let at = 0; at < order.streams; at++) {
    const connection = await ClientConnection.open(order.hostname, order.port)
    const stream = new LoadStream(tally, order, () => {})
    connection.send(streamRequest(order, firstId + at), stream)
    opened.push({ id: firstId + at, connection, stream })
    await Bun.sleep(OPEN_GAP_MS)
  }
  if (order.waitMs > 0) await Bun.sleep(500)
  else
    for (let waited = 0; waited < LIVE_LIMIT_MS && opened.some(({ stream }) => !stream.live); waited += 20)
      await Bun.sleep(20)
  const silent = order.waitMs > 0 ? 0 : opened.filter(({ stream }) => !stream.live).length
  if (silent > 0) tally.fail('streams brought nothing', silent)
  return opened
}
