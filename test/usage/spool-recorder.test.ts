import { expect, test } from 'bun:test'
import { createLog, silentLog } from '../../src/lib/log'
import type { Spool } from '../../src/spool/spool'
import type { Ticket } from '../../src/spool/ticket'
import { SpoolRecorder } from '../../src/usage/spool-recorder'
import { startSpool } from '../spool/start-spool'
import { recordsOf } from './records-of'
import { sampleDispatch, sampleRecord, sampleRejection } from './sample'

/** A spool whose disk takes no record; it says itself that it has room. */
function brokenSpool(released: Ticket[]) {
  return {
    hasRoom: () => true,
    flush: () => {},
    commit: () => Promise.reject(new Error('EIO')),
    release: (ticket: Ticket) => void released.push(ticket),
  } as unknown as Spool
}

test('a refusal that no disk takes does not shut the door: it would bring the next one', async () => {
  const recorder = new SpoolRecorder({ spool: brokenSpool([]), log: silentLog, write: async () => {} })
  void recorder.record(sampleRejection('a'))
  await Bun.sleep(0)
  expect([recorder.waiting, recorder.hasRoom()]).toEqual([1, true])
})

test('a bill that no disk takes shuts the door until the store has it', async () => {
  const released: Ticket[] = []
  const stored: string[] = []
  const recorder = new SpoolRecorder({
    spool: brokenSpool(released),
    log: silentLog,
    write: async batch => void stored.push(...recordsOf(batch).map(({ requestId }) => requestId)),
  })
  const ticket = {} as Ticket
  await recorder.record(sampleRecord('b'), ticket)
  expect(recorder.hasRoom()).toBe(false)
  recorder.tick(5_000)
  await Bun.sleep(0)
  expect([recorder.hasRoom(), stored, released]).toEqual([true, ['b'], [ticket]])
})

test('of refusals that no disk takes ten thousand are held, and it is said that the others are dropped', async () => {
  const lines: string[] = []
  const log = createLog(
    'error',
    line => lines.push(line),
    true,
    () => 0,
  )
  const recorder = new SpoolRecorder({ spool: brokenSpool([]), log, write: async () => {} })
  for (let count = 0; count < 10_002; count++) void recorder.record(sampleRejection(`${count}`))
  await Bun.sleep(0)
  expect(recorder.waiting).toBe(10_000)
  expect(lines.filter(line => line.includes('is dropped'))).toHaveLength(2)
  // A bill is never among them.
  await recorder.record(sampleRecord('bill'), {} as Ticket)
  expect(recorder.waiting).toBe(10_001)
})

test('a request that a full spool does not take is a 503 before it is sent, and one that was begun has its end', async () => {
  const { spool, disk, settle } = startSpool({ reservedBytes: 1_000 })
  await settle()
  const recorder = new SpoolRecorder({ spool, log: silentLog, write: async () => {} })
  disk.freeSpace = 0
  const begun: [string, Ticket][] = []
  const begin = () => {
    const id = `request-${begun.length}`
    begun.push([id, recorder.dispatch(sampleDispatch(id))])
  }
  while (recorder.hasRoom()) begin()
  expect(begun.length).toBeGreaterThan(3)
  // Those that were let in before the door was shut still find room, until there is none.
  expect(() => {
    for (let count = 0; count < 100; count++) begin()
  }).toThrow(
    expect.objectContaining({
      status: 503,
      code: 'usage_store_unavailable',
      headers: { 'retry-after': '5' },
    }),
  )
  const ends = begun.map(([id, ticket]) => recorder.record(sampleRecord(id), ticket))
  await settle()
  await Promise.all(ends)
  expect(recorder.waiting).toBe(0)
})
