import { sharedUs } from '../clock.ts'
import { type ClientOrder, streamRequest } from './order.ts'
import { ConnectionPool } from './pool.ts'
import { LoadStream } from './stream.ts'
import { Tally } from './tally.ts'

const RAMP_EXTRA_MS = 500
const TAIL_EXTRA_MS = 5_000
const CATCH_UP = 200
/** Further ones are opened as they are needed: of 5,000 the last would have been idle for longer than a server keeps them. */
const MOST_WARM = 1_000

/**
 * Streams start on a fixed schedule whatever the answers do, so that on average `streams` are open; the window is
 * taken once all places are filled. `say` gets `window` and `end` at its two edges.
 */
export async function roll(order: ClientOrder, firstId: number, say: (word: string) => void): Promise<Tally> {
  const tally = new Tally()
  const pool = new ConnectionPool(order.hostname, order.port)
  await pool.warm(Math.min(order.streams, MOST_WARM))
  const lifeMs = order.chunks * order.paceMs
  const gapMs = lifeMs / order.streams
  const windowAtMs = lifeMs + RAMP_EXTRA_MS
  const endAtMs = windowAtMs + order.seconds * 1000
  const startMs = performance.now()
  const total = Math.floor(endAtMs / gapMs)
  let open = 0
  const begin = async (id: number) => {
    open += 1
    try {
      const connection = await pool.take()
      const ended = () => {
        open -= 1
        pool.give(connection)
      }
      connection.send(streamRequest(order, id), new LoadStream(tally, order, ended))
    } catch (error) {
      open -= 1
      tally.fail(String(error))
    }
  }
  let begun = 0
  let opened = false
  for (let now = 0; now < endAtMs; now = performance.now() - startMs) {
    const due = Math.min(total, Math.floor(now / gapMs), begun + CATCH_UP)
    while (begun < due) void begin(firstId + begun++)
    if (!opened && now >= windowAtMs) {
      opened = true
      tally.openWindow(sharedUs())
      say('window')
    }
    await Bun.sleep(1)
  }
  tally.closeWindow(sharedUs())
  say('end')
  for (let waited = 0; open > 0 && waited < lifeMs + TAIL_EXTRA_MS; waited += 20) await Bun.sleep(20)
  if (open > 0) tally.fail('streams never ended', open)
  return tally
}
