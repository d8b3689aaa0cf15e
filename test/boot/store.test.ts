import { expect, test } from 'bun:test'
import { Store } from '../../src/boot/store'
import { insertTenant } from '../../src/db/tenants'
import { systemClock } from '../../src/lib/clock'
import { newId } from '../../src/lib/id'
import { silentLog } from '../../src/lib/log'
import { loadGood } from '../config/read'
import { freshDatabase, hasRealServer } from '../postgres'

test.skipIf(!hasRealServer)(
  'what a start loads is loaded once, and what changes from then on is seen',
  async () => {
    const fresh = await freshDatabase('real')
    const config = loadGood({ DATABASE_URL: fresh.url })
    const onFatal = (error: Error) => {
      throw error
    }
    const store = await Store.prepare({ config, clock: systemClock, log: silentLog, onFatal })
    let loads = 0
    const seen: string[] = []
    const during = newId()
    const memory = {
      load: async () => {
        loads++
        await insertTenant(fresh.db, { id: during, name: 'made meanwhile', createdAt: Date.now() })
      },
      refresh: async (_: unknown, { ref }: { ref: string }) => void seen.push(ref),
    }
    expect(await store.open([memory])).toBe(true)
    const after = newId()
    await insertTenant(fresh.db, { id: after, name: 'made later', createdAt: Date.now() })
    while (!seen.includes(after)) await Bun.sleep(10)
    // What changed while it was loaded may or may not have been read: it is read again.
    expect(seen).toContain(during)
    expect(loads).toBe(1)
    await store.close()
    await fresh.close()
  },
)
