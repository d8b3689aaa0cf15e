import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from '../../../src/db/client'
import type { LimitKind, RateLimits } from '../../../src/db/limits'
import { migrate } from '../../../src/db/migrate'
import { systemClock } from '../../../src/lib/clock'
import { newId } from '../../../src/lib/id'
import { silentLog } from '../../../src/lib/log'
import type { RateHold } from '../../../src/limits/rate/hold'
import { type Limited, Rates } from '../../../src/limits/rate/rates'
import { shareStore } from '../../../src/limits/rate/share-store'
import { Sharing } from '../../../src/limits/rate/sharing'
import { TenantAllowances } from '../../../src/limits/tenant-allowances'
import {
  describeDatabases,
  type FreshDatabase,
  freshDatabase,
  hasThrowawayServer,
  startServer,
} from '../../postgres'

setDefaultTimeout(60_000)

const NONE = { rpm: null, tpm: null, concurrency: null }
const limited = (limits: Partial<RateLimits>): Limited => ({
  keyId: newId(),
  tenantId: newId(),
  limits: { ...NONE, ...limits },
  version: 1,
})

function begin(db: FreshDatabase['db']) {
  const rates = new Rates({ clock: systemClock, tenants: new TenantAllowances() })
  const store = shareStore(db)
  const sharing = new Sharing({
    clock: systemClock,
    log: silentLog,
    rates,
    store,
    newId,
    isWanted: () => true,
    pause: Bun.sleep,
  })
  sharing.start()
  return { rates, sharing, store }
}
/** It had to do without the store's word, since the machine or the database was slow: not a share, and not counted as one. */
const isGuess = ({ rates }: { rates: Rates }, { keyId }: Limited, kind: LimitKind) =>
  rates.lots.get(keyId)?.part(kind)?.isGuess
const enter = async ({ rates }: { rates: Rates }, caller: Limited): Promise<RateHold | undefined> => {
  try {
    return await rates.enter(caller)
  } catch {
    return undefined
  }
}

describeDatabases('shares in the database', kind => {
  let fresh: FreshDatabase
  let processes: ReturnType<typeof begin>[]
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    processes = [0, 1, 2].map(() => begin(fresh.db))
    for (const { sharing } of processes) await sharing.round()
  })
  afterAll(async () => {
    for (const { sharing } of processes) await sharing.stop()
    await fresh.close()
  })

  test('places are never given twice, whichever processes want them at once', async () => {
    const caller = limited({ concurrency: 7 })
    let [inUse, most, served] = [0, 0, 0]
    const work = async (process: ReturnType<typeof begin>) => {
      for (let time = 0; time < 40; time++) {
        const hold = await enter(process, caller)
        if (!hold) {
          await Bun.sleep(20)
          continue
        }
        const shares = isGuess(process, caller, 'concurrency') ? 0 : 1
        inUse += shares
        served++
        most = Math.max(most, inUse)
        await Bun.sleep(Math.random() * 20)
        inUse -= shares
        hold.leave()
      }
    }
    await Promise.all(processes.flatMap(process => [1, 2, 3, 4, 5].map(() => work(process))))
    expect(most).toBeLessThanOrEqual(7)
    expect(most).toBeGreaterThan(3)
    expect(served).toBeGreaterThan(50)
  })

  test('a caller that asks one thing at a time is never refused for it, whichever processes answer', async () => {
    const caller = limited({ concurrency: 1, rpm: 12 })
    for (let time = 0; time < 12; time++) {
      const hold = await enter(processes[time % 3]!, caller)
      expect(hold).toBeDefined()
      hold?.leave()
    }
  })

  test('requests are never let in twice, and all of the limit is let in', async () => {
    const caller = limited({ rpm: 60 })
    const startedAt = performance.now()
    let admitted = 0
    while (performance.now() - startedAt < 6_000) {
      const requests = processes.flatMap(process => [process, process, process, process])
      const letIn = requests.map(async process => {
        const hold = await enter(process, caller)
        hold?.leave()
        return hold !== undefined && !isGuess(process, caller, 'rpm')
      })
      admitted += (await Promise.all(letIn)).filter(Boolean).length
      await Bun.sleep(20)
    }
    expect(admitted).toBeLessThanOrEqual(60 + Math.floor((performance.now() - startedAt) / 1_000))
    expect(admitted).toBeGreaterThanOrEqual(60)
  })

  test('what is given back leaves no row behind, and old rows go', async () => {
    const caller = limited({ concurrency: 2 })
    ;(await enter(processes[0]!, caller))!.leave()
    const rows = () => fresh.db.sql`SELECT 1 FROM limit_share WHERE subject_id = ${caller.keyId}`
    expect(await rows()).toHaveLength(1)
    for (let look = 0; look < 200 && (await rows()).length > 0; look++) await Bun.sleep(100)
    expect(await rows()).toHaveLength(0)

    const orphan = {
      version: 1,
      limits: { rpm: { limit: 5, level: 0, at: 0, holdings: { [newId()]: { share: 5, short: null } } } },
    }
    const live = [
      ...(await fresh.db.sql<{ id: string }[]>`SELECT id FROM process_lease WHERE expires_at > now()`),
    ][0]!
    const held = {
      version: 1,
      limits: { rpm: { limit: 5, level: 0, at: 0, holdings: { [live.id]: { share: 5, short: null } } } },
    }
    const ids = [newId(), newId()] as const
    for (const [id, shares] of [
      [ids[0], orphan],
      [ids[1], held],
    ] as const)
      await fresh.db
        .sql`INSERT INTO limit_share (tenant_id, subject_id, shares) VALUES (${id}, ${id}, ${JSON.stringify(shares)}::text::jsonb)`
    await fresh.db
      .sql`INSERT INTO process_lease (id, expires_at) VALUES (${ids[0]}, now() - interval '2 hours')`
    await processes[0]!.store.prune()
    const left = await fresh.db.sql<
      { subject_id: string }[]
    >`SELECT subject_id FROM limit_share WHERE subject_id IN ${fresh.db.sql([...ids])}`
    expect(left.map(row => row.subject_id)).toEqual([ids[1]])
    expect(await fresh.db.sql`SELECT 1 FROM process_lease WHERE id = ${ids[0]}`).toHaveLength(0)
  })
})

test.skipIf(!hasThrowawayServer)(
  'with the database gone each process lets its even part through',
  async () => {
    const server = await startServer()
    await migrate({ databaseUrl: server.url })
    const db = connect({ databaseUrl: server.url, clock: systemClock })
    const processes = [0, 1].map(() => begin(db))
    for (const { sharing } of processes) await sharing.round()
    await processes[0]!.sharing.round()
    for (const process of processes) expect(await enter(process, limited({ rpm: 5 }))).toBeDefined()
    await server.stop()
    const caller = limited({ rpm: 10 })
    let admitted = 0
    for (const process of processes)
      for (let time = 0; time < 10; time++) if (await enter(process, caller)) admitted++
    expect(admitted).toBeGreaterThanOrEqual(10)
    // Who had not heard of the other before takes itself for the only one.
    expect(admitted).toBeLessThanOrEqual(15)
    for (const { sharing } of processes) await sharing.stop()
    await db.close()
  },
)
