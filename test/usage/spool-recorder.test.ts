import { expect, test } from 'bun:test'
import { silentLog } from '../../src/lib/log'
import type { Spool } from '../../src/spool/spool'
import type { Ticket } from '../../src/spool/ticket'
import { decodeRecord } from '../../src/usage/journal'
import { SpoolRecorder } from '../../src/usage/spool-recorder'
import { sampleRecord, sampleRejection } from './sample'

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
    write: async records => void stored.push(...records.map(({ text }) => decodeRecord(text).requestId)),
  })
  const ticket = {} as Ticket
  await recorder.record(sampleRecord('b'), ticket)
  expect(recorder.hasRoom()).toBe(false)
  recorder.tick(5_000)
  await Bun.sleep(0)
  expect([recorder.hasRoom(), stored, released]).toEqual([true, ['b'], [ticket]])
})
