import { writeSync } from 'node:fs'
import { systemClock } from '../../src/lib/clock'
import { silentLog } from '../../src/lib/log'
import { nodeDisk } from '../../src/spool/node-disk'
import { Spool } from '../../src/spool/spool'
import { encodeDispatch, encodeRecord } from '../../src/usage/journal'
import { sampleDispatch, sampleRecord } from '../usage/sample'

/** Commits requests until it is killed, and says after each, on standard output, what the spool has said of it. */
const [folder = '', durability = 'sync'] = process.argv.slice(2)
const spool = new Spool({
  disk: nodeDisk(folder),
  clock: systemClock,
  log: silentLog,
  boot: 'a',
  nextTurn: run => setImmediate(run),
  later: (run, delayMs) => setTimeout(run, delayMs),
  durability: durability === 'sync' ? 'sync' : 'async',
  segmentBytes: 128 * 1024,
})

async function commitForEver(caller: number): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${caller}-${n}`
    // As the gateway does: without room it begins nothing.
    while (!spool.hasRoom()) await Bun.sleep(1)
    const ticket = spool.begin(encodeDispatch(sampleDispatch(id)))
    spool.handOver(ticket)
    writeSync(1, `begun ${id}\n`)
    await spool.commit(encodeRecord(sampleRecord(id, n)), ticket)
    writeSync(1, `safe ${id}\n`)
  }
}

await Promise.all(Array.from({ length: 32 }, (_, caller) => commitForEver(caller)))
