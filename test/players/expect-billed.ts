import { expect } from 'bun:test'
import type { Player } from './answer'
import type { Played } from './start'

/** The records of the player's gateway are what the vendor billed, call by call. */
export async function expectBilled({ vendor, gateways }: Played, player: Player): Promise<void> {
  const bills = await vendor.bill()
  expect(bills).not.toEqual([])
  for (const [at, bill] of bills.entries()) {
    expect(bill).toMatchObject({ ...player.bill })
    const record = await gateways.get(player.name)!.record(at + 1)
    expect(record).toMatchObject({ outcome: 'ok', usageSource: 'vendor', usage: { ...player.bill } })
  }
  expect(gateways.get(player.name)!.records).toHaveLength(bills.length)
}
