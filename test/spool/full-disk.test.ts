import { expect, test } from 'bun:test'
import { mkdtempSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock'
import { silentLog } from '../../src/lib/log'
import { scanFrames } from '../../src/spool/frame'
import { nodeDisk } from '../../src/spool/node-disk'
import { Spool } from '../../src/spool/spool'
import type { Ticket } from '../../src/spool/ticket'
import { decodeRecord, encodeDispatch, encodeRecord } from '../../src/usage/journal'
import { recover } from '../../src/usage/recover'
import { recordsOf } from '../usage/records-of'
import { sampleDispatch, sampleRecord } from '../usage/sample'

const SEGMENT_BYTES = 256 * 1024
const folder = mkdtempSync(join(tmpdir(), 'spool-full-'))
const isMounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).success
if (!isMounted) rmdirSync(folder)

function makeSpool(): Spool {
  return new Spool({
    disk: nodeDisk(folder),
    clock: systemClock,
    log: silentLog,
    boot: 'a',
    nextTurn: run => setImmediate(run),
    later: (run, delayMs) => setTimeout(run, delayMs),
    durability: 'sync',
    segmentBytes: SEGMENT_BYTES,
    leastFreeBytes: 0,
  })
}

test.skipIf(!isMounted)('a disk that fills up costs new requests and not one record', async () => {
  try {
    const spool = makeSpool()
    await Bun.sleep(50)
    const begun: [string, Ticket][] = []
    const safe: string[] = []
    const end = async ([id, ticket]: [string, Ticket]) => {
      await spool.commit(encodeRecord(sampleRecord(id)), ticket)
      safe.push(id)
    }
    // Twenty at a time are under way, until the disk says that it is full.
    for (let n = 0; spool.hasRoom(); n++) {
      begun.push([`request-${n}`, spool.begin(encodeDispatch(sampleDispatch(`request-${n}`)))])
      if (begun.length > 20) await end(begun.shift()!)
    }
    expect(safe.length).toBeGreaterThan(500)
    expect(() => {
      for (;;) spool.begin(encodeDispatch(sampleDispatch('one-more')))
    }).toThrow(expect.objectContaining({ code: 'ENOSPC' }))
    fillUp()
    for (const request of begun.splice(0)) await end(request)
    unlinkSync(join(folder, 'others'))

    // The shipper comes round: there is room again.
    for (const segment of spool.segments.slice(0, -1)) {
      const rows = await idsIn(segment.name)
      expect(rows.length).toBeGreaterThan(0)
      segment.shipped = segment.flushed
    }
    const stored = (await Promise.all(spool.segments.slice(0, -1).map(({ name }) => idsIn(name)))).flat()
    await spool.prune()
    await Bun.sleep(1_100)
    spool.hasRoom()
    await Bun.sleep(50)
    expect(spool.hasRoom()).toBe(true)

    await spool.close()
    const rest: string[] = []
    await recover({
      disk: nodeDisk(folder),
      log: silentLog,
      write: async batch => void rest.push(...recordsOf(batch).map(({ requestId }) => requestId)),
    })
    const kept = new Set([...stored, ...rest])
    expect(safe.filter(id => !kept.has(id))).toEqual([])
  } finally {
    Bun.spawnSync(['umount', '-l', folder])
    rmdirSync(folder)
  }
})

/** Somebody else takes every byte that is left. */
function fillUp(): void {
  try {
    writeFileSync(join(folder, 'others'), new Uint8Array(4 * 1024 * 1024))
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  }
}

/** The ids of the records in a file. */
async function idsIn(name: string): Promise<string[]> {
  const { frames } = scanFrames(await Bun.file(join(folder, name)).bytes())
  return frames.flatMap(({ kind, payload }) =>
    kind === 'end' ? [decodeRecord(Buffer.from(payload).toString()).requestId] : [],
  )
}
