import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeptUsage } from '../../src/boot/kept-usage'
import { findAudit } from '../../src/db/audit'
import { ensurePartitions } from '../../src/db/partitions'
import { serverIdentity } from '../../src/db/server-identity'
import { silentLog } from '../../src/lib/log'
import { encodeRecord } from '../../src/usage/journal'
import { storeWritten } from '../../src/usage/writer'
import { auditRow, storeAudit } from '../db/rows'
import { freshDatabase, hasRealServer } from '../postgres'
import { encodeFrame } from '../spool/encode-frame'

test.skipIf(!hasRealServer)(
  'a database that went back in time gets the usage of the last day again, once it is seen to have another history',
  async () => {
    const fresh = await freshDatabase('real')
    const root = mkdtempSync(join(tmpdir(), 'kept-usage-'))
    try {
      await ensurePartitions(fresh.db, Date.now())
      const folder = join(root, 'stored')
      const live = join(root, 'live')
      mkdirSync(live)
      const kept = new KeptUsage({
        folder,
        date: Date.now,
        log: silentLog,
        identity: () => serverIdentity(fresh.db),
        isOver: () => false,
        write: records => storeWritten(fresh.db, records),
      })
      await kept.look()
      const identity = readFileSync(join(folder, 'server'), 'utf8')
      expect(identity).toMatch(/^\d+-[0-9A-F]{8}$/)

      const records = [auditRow(), auditRow()]
      const disk = kept.behind(live)
      const file = disk.create('a-1.spool')
      file.write(Buffer.concat(records.map(record => encodeFrame('end', encodeRecord(record)))), 0)
      await storeAudit(fresh.db, records)
      file.close()
      disk.remove('a-1.spool')
      expect(readdirSync(folder).toSorted()).toEqual(['a-1.spool', 'server'])

      const lost = records[1]!
      await fresh.db.sql`DELETE FROM audit WHERE request_id = ${lost.requestId}`
      await fresh.db.sql`DELETE FROM ledger WHERE request_id = ${lost.requestId}`
      await kept.look()
      expect(await findAudit(fresh.db, lost.requestId)).toBeUndefined()

      writeFileSync(join(folder, 'server'), identity.replace(/.$/, 'F'))
      await kept.look()
      expect(await findAudit(fresh.db, lost.requestId)).toMatchObject({ requestId: lost.requestId })
      const lines = await fresh.db.sql`SELECT request_id FROM ledger`
      expect(lines).toHaveLength(2)
      expect(readFileSync(join(folder, 'server'), 'utf8')).toBe(identity)
    } finally {
      rmSync(root, { recursive: true })
      await fresh.close()
    }
  },
  30_000,
)
