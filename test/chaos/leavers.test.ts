import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import postgres from 'postgres'
import { stopEverything, temporaryFolder } from '../boot/start-process'
import { createDatabase, hasRealServer, realServer } from '../postgres'
import { Chance } from '../spool/chance'
import { startVendor, type Vendor } from '../vendor/start'
import { Gateways } from './gateways'
import { askAndLeave, heldBy, type Leaving } from './leavers'
import { makeKey } from './ledger-rows'
import { once } from './progress'

const LEAVERS = Number(process.env.CHAOS_LEAVERS ?? 2_000)
const WARM_UP = 200
/** What is still held is given back within this, idle connections after their 55 s included, and what is to be stored moves. */
const STALLED_MS = 90_000
/** No limit on a machine's slowness: that it moves is looked at on the way. */
const HUNG_MS = 6 * 60 * 60 * 1000
/** The gateway's two pools, its listener, and the one of this test: as many as were needed at once are there. */
const CONNECTIONS = 10
/** What those pools may still open, and a socket or two that a timer is about to close. */
const SLACK = 10

describe.skipIf(!hasRealServer || process.platform !== 'linux')('callers who leave', () => {
  let vendor: Vendor
  beforeAll(async () => {
    vendor = await startVendor()
  })
  afterAll(async () => {
    await stopEverything()
    await vendor.stop()
  })

  test(
    `after ${LEAVERS} of them, descriptors, vendors’ sockets and database connections are as before`,
    async () => {
      const databaseUrl = await createDatabase((await realServer())!)
      const dataDir = join(temporaryFolder(), 'data')
      const gateways = new Gateways({ dataDir, vendorUrl: vendor.url, databaseUrl, slots: 1 })
      await gateways.prepare()
      const gateway = await gateways.start(0)
      const key = await makeKey(gateway.url)
      const leaving: Leaving = { gateway, vendor, key, chance: new Chance(1), firstTag: 0 }
      const sql = postgres(databaseUrl, { max: 1 })
      const connections = async () => {
        const [row] =
          await sql`SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = current_database()`
        return row?.open as number
      }
      await askAndLeave(WARM_UP, leaving)
      const before = await heldBy(leaving, {}, STALLED_MS)

      await askAndLeave(LEAVERS, { ...leaving, firstTag: WARM_UP })
      const most = {
        descriptors: before.descriptors + SLACK,
        vendorSockets: before.vendorSockets,
      }
      const after = await heldBy(leaving, most, STALLED_MS)
      expect(after.vendorCalls).toBe(0)
      expect(after.descriptors).toBeLessThanOrEqual(most.descriptors)
      expect(after.vendorSockets).toBeLessThanOrEqual(most.vendorSockets)
      expect(await connections()).toBeLessThanOrEqual(CONNECTIONS)
      const billed = await vendor.bill()
      const kept = async () => {
        const [row] = await sql`
        SELECT count(*)::int AS records, count(DISTINCT shape->'maxTokens')::int AS calls FROM audit`
        return row as unknown as { records: number; calls: number }
      }
      const { records, calls } = await once(kept, stored => stored.records >= billed.length, STALLED_MS)
      expect(records).toBeGreaterThanOrEqual(billed.length)
      expect(records).toBe(calls)
      expect(billed.length).toBeGreaterThan(LEAVERS / 2)
      await sql.end()
    },
    HUNG_MS,
  )
})
