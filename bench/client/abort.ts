import { sharedUs } from '../clock.ts'
import { openAll } from './open-all.ts'
import type { ClientOrder } from './order.ts'
import { Tally } from './tally.ts'

const BETWEEN_MS = 7

/** Opens all streams and leaves one after the other; says for each id when its caller left (µs, shared clock). */
export async function abortAll(order: ClientOrder, firstId: number): Promise<Record<string, number>> {
  const tally = new Tally()
  const streams = await openAll(order, firstId, tally)
  if (tally.failed > 0) throw new Error(`${tally.failed} of ${order.streams}: ${tally.firstFailure}`)
  const left: Record<string, number> = {}
  for (const { id, connection } of streams) {
    left[id] = sharedUs()
    connection.abandon()
    await Bun.sleep(order.betweenMs ?? BETWEEN_MS)
  }
  return left
}
