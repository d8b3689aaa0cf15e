import type { Log } from '../lib/log'
import type { Disk } from '../spool/disk'
import { type Frame, scanFrames } from '../spool/frame'
import { crashedRecord } from './crashed'
import { type Checkpoint, type Dispatch, decodeCheckpoint, decodeDispatch, decodeRecord } from './journal'
import type { UsageRecord } from './record'

/** A piece of a segment that is read at once. */
const PIECE_BYTES = 1024 * 1024

export interface RecoverDeps {
  disk: Disk
  log: Log
  /** Stores a batch, idempotent by request id. Rejects while the store is away. */
  write: (records: readonly UsageRecord[]) => Promise<void>
}

/**
 * Settles what a dead process left in its folder: its records are stored as they are, its requests without an end become
 * estimated records, its segments are removed. Running it again, or half-way again, changes nothing.
 * Rejects while the store is away; then the folder is still whole.
 */
export async function recover({ disk, log, write }: RecoverDeps): Promise<void> {
  const open = new Map<string, { dispatch: Dispatch; checkpoint?: Checkpoint }>()
  const names = disk.list().filter(({ name }) => name.endsWith('.spool'))
  for (const { name } of names) {
    for (const frames of readSegment(disk, name, log)) {
      const records = frames.flatMap(frame => take(frame, open, log))
      if (records.length > 0) await write(records)
    }
  }
  const crashed = [...open.values()].map(({ dispatch, checkpoint }) => crashedRecord(dispatch, checkpoint))
  if (crashed.length > 0) {
    log.warn('requests of a process that died are recorded as estimates', { requests: crashed.length })
    await write(crashed)
  }
  for (const { name } of names) disk.remove(name)
}

/** Keeps what is still open; returns the record of a request that ended. */
function take(
  frame: Frame,
  open: Map<string, { dispatch: Dispatch; checkpoint?: Checkpoint }>,
  log: Log,
): UsageRecord[] {
  const text = Buffer.from(frame.payload).toString('utf8')
  try {
    if (frame.kind === 'dispatch') {
      const dispatch = decodeDispatch(text)
      open.set(dispatch.requestId, { dispatch })
    } else if (frame.kind === 'meter') {
      const checkpoint = decodeCheckpoint(text)
      const entry = open.get(checkpoint.requestId)
      if (entry) entry.checkpoint = checkpoint
    } else {
      const record = decodeRecord(text)
      open.delete(record.requestId)
      return [record]
    }
  } catch {
    // A newer version's frame, whole but foreign: it is said, and the rest goes on.
    log.error('a frame of the spool cannot be read', { kind: frame.kind, bytes: frame.payload.length })
  }
  return []
}

/** A segment's frames, a piece at a time, damage told. */
function* readSegment(disk: Disk, name: string, log: Log): Generator<Frame[]> {
  const file = disk.open(name)
  let damagedBytes = 0
  try {
    for (let at = 0; ; ) {
      const bytes = file.read(at, PIECE_BYTES)
      const scan = scanFrames(bytes)
      damagedBytes += scan.damagedBytes
      if (scan.frames.length > 0) yield scan.frames
      // Without one whole frame in a full piece the piece is damage, but a frame may begin near its end.
      const step = scan.end > 0 ? scan.end : bytes.length - Math.min(bytes.length, PIECE_BYTES / 2)
      if (bytes.length < PIECE_BYTES) {
        damagedBytes += scan.tornBytes
        break
      }
      at += step
    }
  } finally {
    file.close()
  }
  if (damagedBytes > 0) log.error('a segment of the spool is damaged', { segment: name, bytes: damagedBytes })
}
