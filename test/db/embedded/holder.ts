/** A process of its own that serves a data folder until it is killed: `bun holder.ts <folder> [once]`. */
import { connect } from '../../../src/db/client'
import { startEmbedded } from '../../../src/db/embedded/start'
import { migrate } from '../../../src/db/migrate'
import { systemClock } from '../../../src/lib/clock'
import { auditRow, storeAudit } from '../rows'

const [folder = '', once] = process.argv.slice(2)
try {
  const embedded = await startEmbedded(folder)
  await migrate({ embedded: embedded.connection })
  const db = connect({ embedded: embedded.connection, clock: systemClock })
  console.log('ready')
  while (!once) {
    const row = auditRow()
    await storeAudit(db, [row])
    console.log(row.requestId)
  }
  await db.close()
  await embedded.stop()
  console.log('stopped')
} catch (error) {
  console.log(String(error))
  process.exitCode = 1
}
