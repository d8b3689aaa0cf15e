import { expect, test } from 'bun:test'
import { createLog, silentLog } from '../../src/lib/log'
import type { FrameKind } from '../../src/spool/frame'
import { encodeCheckpoint, encodeDispatch, encodeRecord } from '../../src/usage/journal'
import { recover } from '../../src/usage/recover'
import { NO_USAGE } from '../../src/wire/usage'
import { Chance } from '../spool/chance'
import { encodeFrame } from '../spool/encode-frame'
import { FakeDisk } from '../spool/fake-disk'
import { FakeStore } from './fake-store'
import { sampleCheckpoint, sampleDispatch, sampleRecord } from './sample'

const dispatch = (id: string) => encodeFrame('dispatch', encodeDispatch(sampleDispatch(id)))
const end = (id: string) => encodeFrame('end', encodeRecord(sampleRecord(id)))

function diskOf(segments: Record<string, Uint8Array[]>): FakeDisk {
  const disk = new FakeDisk(new Chance(1))
  for (const [name, frames] of Object.entries(segments)) disk.create(name).write(Buffer.concat(frames), 0)
  return disk
}

/** A whole frame with a version of its own. */
function ofVersion(version: number, kind: FrameKind, payload: string): Buffer {
  const frame = encodeFrame(kind, payload)
  frame.writeUInt8(version, 2)
  frame.writeUInt32LE(Bun.hash.crc32(frame.subarray(12), Bun.hash.crc32(frame.subarray(2, 8))), 8)
  return frame
}

async function recoverFrom(disk: FakeDisk, store = new FakeStore(new Chance(1))) {
  const lines: string[] = []
  const log = createLog(
    'debug',
    line => lines.push(line),
    true,
    () => 0,
  )
  const recovered = await recover({ disk, log, write: store.write })
  return { recovered, rows: store.rows, lines }
}

test('a record is stored as it was written, its request not estimated', async () => {
  const disk = diskOf({ 'a-1.spool': [dispatch('x')], 'a-2.spool': [end('x')] })
  const { rows, recovered } = await recoverFrom(disk)
  expect([...rows.values()]).toEqual([sampleRecord('x')])
  expect(recovered).toEqual({ records: 1, crashed: 0, damagedBytes: 0, foreignFrames: 0 })
  expect(disk.list()).toEqual([])
})

test('a request without an end is an error that says that it is an estimate, priced by its own price', async () => {
  const { rows } = await recoverFrom(diskOf({ 'a-1.spool': [dispatch('x')] }))
  expect(rows.get('x')).toMatchObject({
    outcome: 'error',
    errorCode: 'gateway_crashed',
    status: 500,
    usageSource: 'estimated',
    usage: { inputTokens: 100, outputTokens: 0 },
    costPicoUsd: 100n * 37_500n,
    priceVersion: 'demo@1',
    vendor: 'demo',
  })
})

test('the last checkpoint counts, the vendor figures before our own', async () => {
  const usage = { ...NO_USAGE, inputTokens: 9, outputTokens: 4 }
  const disk = diskOf({
    'a-1.spool': [
      dispatch('own'),
      dispatch('theirs'),
      encodeFrame('meter', encodeCheckpoint(sampleCheckpoint('own', 3))),
      encodeFrame('meter', encodeCheckpoint(sampleCheckpoint('own', 5))),
      encodeFrame('meter', encodeCheckpoint({ ...sampleCheckpoint('theirs', 50), usage })),
    ],
  })
  const { rows } = await recoverFrom(disk)
  expect(rows.get('own')).toMatchObject({
    usage: { outputTokens: 5 },
    costPicoUsd: 100n * 37_500n + 5n * 150_000n,
  })
  expect(rows.get('theirs')).toMatchObject({ usage, costPicoUsd: 9n * 37_500n + 4n * 150_000n })
})

test('a torn tail and a flipped bit cost what they hit, and the damage is told', async () => {
  const flipped = end('b')
  flipped[40]! ^= 4
  const disk = diskOf({ 'a-1.spool': [end('a'), dispatch('b'), flipped, end('c'), end('d').subarray(0, 50)] })
  const { rows, recovered, lines } = await recoverFrom(disk)
  expect([...rows.keys()].toSorted()).toEqual(['a', 'b', 'c'])
  expect(rows.get('b')!.errorCode).toBe('gateway_crashed')
  expect(recovered.damagedBytes).toBeGreaterThan(flipped.length)
  expect(lines.some(line => line.includes('"level":"error"') && line.includes('damaged'))).toBe(true)
})

test('what only another version can read is left, and nothing beside it is estimated or removed', async () => {
  for (const foreign of [
    ofVersion(2, 'end', '{}'),
    encodeFrame('end', 'not json'),
    encodeFrame('dispatch', '{}'),
  ]) {
    const disk = diskOf({ 'a-1.spool': [dispatch('x'), end('y')], 'a-2.spool': [foreign] })
    const { rows, recovered, lines } = await recoverFrom(disk)
    expect([...rows.keys()]).toEqual(['y'])
    expect(recovered).toMatchObject({ crashed: 0, foreignFrames: 1 })
    expect(disk.list()).toHaveLength(2)
    expect(lines.some(line => line.includes('another version'))).toBe(true)
  }
})

test('a store that is away leaves the folder whole', async () => {
  const disk = diskOf({ 'a-1.spool': [end('x')] })
  const away = async () => {
    throw new Error('away')
  }
  await expect(recover({ disk, log: silentLog, write: away })).rejects.toThrow('away')
  expect(disk.list()).toHaveLength(1)
})

test('other files of the folder are not touched', async () => {
  const disk = diskOf({ lock: [Buffer.from('x')], 'a-1.spool': [end('x')] })
  await recoverFrom(disk)
  expect(disk.list().map(({ name }) => name)).toEqual(['lock'])
})
