import type { Price } from '../catalog/price'
import type { Log } from '../lib/log'
import type { Disk } from '../spool/disk'
import type { Frame } from '../spool/frame'
import { type Piece, readFrames } from '../spool/read-frames'
import { crashedRecord } from './crashed'
import { type Checkpoint, type Dispatch, decodeCheckpoint, decodeDispatch } from './journal'
import { batchOf, readWritten, type WrittenBatch, type WrittenRecord, writtenRecord } from './written-record'

export interface RecoverDeps {
  disk: Disk
  log: Log
  /** Hears of the price of each request before a record that names it is stored. */
  notePrice?: (price: Price) => void
  /** Stores a batch, idempotent by request id. Rejects while the store is away. */
  write: (batch: WrittenBatch) => Promise<void>
  /** Requests without an end may yet have one: they are not estimated. */
  leavesOpen?: boolean
}

/** What was found in a dead process's folder. */
export interface Recovered {
  records: number
  /** Requests without an end, recorded as estimates. */
  crashed: number
  damagedBytes: number
  /** Frames that only another version of this program can read; while there are any, the folder is left as it is. */
  foreignFrames: number
}

interface Found extends Recovered {
  notePrice: (price: Price) => void
  open: Map<string, { dispatch: Dispatch; checkpoint?: Checkpoint }>
}

/**
 * Settles what a dead process left in its folder.
 *
 * 1. All its records are stored as they are.
 * 2. Then its requests without an end become estimated records: an estimate is never before the exact figures.
 * 3. Then its segments are removed; not one of them, if anything in them could not be read but by another version.
 *
 * Running it again, or half-way again, changes nothing. Rejects while the store is away or the disk cannot be read;
 * then the folder is still whole.
 */
export async function recover(deps: RecoverDeps): Promise<Recovered> {
  const { disk, log, write, notePrice = () => {}, leavesOpen = false } = deps
  const found: Found = {
    notePrice,
    records: 0,
    crashed: 0,
    damagedBytes: 0,
    foreignFrames: 0,
    open: new Map(),
  }
  const segments = disk.list().filter(({ name }) => name.endsWith('.spool'))
  for (const { name, bytes } of segments) {
    for (const piece of readSegment(disk, name, bytes)) {
      const records = takePiece(piece, found)
      if (records.length > 0) await write(batchOf(records))
    }
  }
  const { open, notePrice: _, ...recovered } = found
  const isForeign = recovered.foreignFrames > 0
  if (!isForeign && !leavesOpen) recovered.crashed = await settleOpen([...open.values()], write)
  tell(recovered, log)
  if (!isForeign) for (const { name } of segments) disk.remove(name)
  return recovered
}

/** A statement's worth. */
const BATCH = 500

async function settleOpen(
  open: { dispatch: Dispatch; checkpoint?: Checkpoint }[],
  write: RecoverDeps['write'],
): Promise<number> {
  for (let at = 0; at < open.length; at += BATCH) {
    const batch = open.slice(at, at + BATCH)
    const records = batch.map(({ dispatch, checkpoint }) =>
      writtenRecord(crashedRecord(dispatch, checkpoint)),
    )
    await write(batchOf(records))
  }
  return open.length
}

function tell({ records, crashed, damagedBytes, foreignFrames }: Recovered, log: Log): void {
  if (records + crashed > 0) log.warn('usage of a process that died was recovered', { records, crashed })
  if (damagedBytes > 0)
    log.error('the spool of a process that died is damaged: what was there is lost', { bytes: damagedBytes })
  if (foreignFrames > 0)
    log.error('the spool of a process that died is of another version: it is left for that', {
      frames: foreignFrames,
    })
}

/** Keeps what is still open; returns the records of requests that ended. */
function takePiece(piece: Piece, found: Found): WrittenRecord[] {
  found.damagedBytes += piece.damagedBytes
  found.foreignFrames += piece.foreignFrames
  const records = piece.frames.flatMap(frame => takeFrame(frame, found))
  found.records += records.length
  return records
}

function takeFrame({ kind, payload }: Frame, found: Found): WrittenRecord[] {
  const text = Buffer.from(payload).toString('utf8')
  try {
    if (kind === 'dispatch') {
      const dispatch = decodeDispatch(text)
      found.notePrice(dispatch.price)
      found.open.set(dispatch.requestId, { dispatch })
    } else if (kind === 'meter') {
      const checkpoint = decodeCheckpoint(text)
      const entry = found.open.get(checkpoint.requestId)
      if (entry) entry.checkpoint = checkpoint
    } else {
      const record = readWritten(text)
      found.open.delete(record.requestId)
      return [record]
    }
  } catch {
    // Whole and unreadable: another version wrote it, and that one will be able to read it.
    found.foreignFrames++
  }
  return []
}

function* readSegment(disk: Disk, name: string, bytes: number): Generator<Piece> {
  const file = disk.open(name)
  try {
    yield* readFrames((position, length) => file.read(position, length), 0, bytes)
  } finally {
    file.close()
  }
}
