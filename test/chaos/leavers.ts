import { readdirSync } from 'node:fs'
import type { Chance } from '../spool/chance'
import type { Vendor } from '../vendor/start'
import { call, FIRST_TAG } from './caller'
import type { Life } from './gateways'
import { once, whileMoving } from './progress'

/** What a gateway holds open. */
export interface Held {
  /** Without its connections to the vendor. */
  descriptors: number
  /** Connections to the vendor, those that are kept for the next call included. */
  vendorSockets: number
  vendorCalls: number
}

export interface Leaving {
  gateway: Life
  vendor: Vendor
  key: string
  chance: Chance
  firstTag: number
}

const AT_ONCE = 50

/** So many callers ask and leave, before the first byte, in the middle, or shortly before the end. */
export async function askAndLeave(count: number, leaving: Leaving): Promise<void> {
  const { gateway, key, chance, firstTag } = leaving
  let next = 0
  const leaver = async () => {
    while (next < count) {
      const tag = FIRST_TAG + firstTag + next++
      const model = chance.pick(['chat-cut', 'chat-drain'] as const)
      const stream = chance.happens(0.8)
      const messages = [{ role: 'user', content: 'hello' }]
      const body = JSON.stringify({ model, stream, max_tokens: tag, messages, x_tokens: 40, x_pace_ms: 2 })
      const leavesBy = chance.happens(0.5) ? ('fin' as const) : ('reset' as const)
      const leavesAt = stream ? chance.below(6_000) : 0
      await call(
        { tag, model, stream, includeUsage: false, body, leavesAt, sends: null, leavesBy },
        gateway,
        key,
      )
    }
  }
  await whileMoving(Promise.all(Array.from({ length: AT_ONCE }, leaver)), () => next)
}

/** What is held, as soon as it is no more than `atMost` allows, or when it has not changed for so long. */
export async function heldBy(
  { gateway, vendor }: Leaving,
  atMost: Partial<Held>,
  stalledMs: number,
): Promise<Held> {
  const read = async (): Promise<Held> => {
    const vendorSockets = await vendor.openConnections()
    return {
      descriptors: readdirSync(`/proc/${gateway.pid}/fd`).length - vendorSockets,
      vendorSockets,
      vendorCalls: (await vendor.bill()).filter(({ ending }) => ending === null).length,
    }
  }
  const isWanted = (held: Held) =>
    held.vendorCalls === 0 && Object.entries(atMost).every(([name, most]) => held[name as keyof Held] <= most)
  return once(read, isWanted, stalledMs)
}
