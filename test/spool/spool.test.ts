import { expect, test } from 'bun:test'
import { scanFrames } from '../../src/spool/frame'
import type { Segment } from '../../src/spool/segment'
import type { FakeDisk } from './fake-disk'
import { startSpool, stateOf } from './start-spool'

const textsOf = (disk: FakeDisk) =>
  [...disk.files.values()].flatMap(({ cached }) =>
    scanFrames(cached).frames.map(({ kind, payload }) => `${kind} ${Buffer.from(payload)}`),
  )
const filler = 'x'.repeat(1_500)

test('all that was begun is in the kernel when one is handed over, by one write, unsynced', async () => {
  const { spool, disk, settle } = startSpool()
  await settle()
  const { operations } = disk
  const tickets = [0, 1, 2].map(n => spool.begin(`{"id":${n}}`))
  expect(textsOf(disk)).toEqual([])
  for (const ticket of tickets) spool.handOver(ticket)
  expect(textsOf(disk)).toEqual([0, 1, 2].map(n => `dispatch {"id":${n}}`))
  expect([disk.operations - operations, disk.syncs]).toEqual([1, 0])
})

/** Its writes fail, and no other segment's. */
function breakDown(segment: Segment): void {
  segment.flush = () => {
    throw Object.assign(new Error('the disk is broken'), { code: 'EIO' })
  }
}

const FULL = expect.objectContaining({ code: 'ENOSPC' })

test('what a segment fails to take is handed over in the next one', async () => {
  const { spool, disk, settle } = startSpool()
  await settle()
  const tickets = [0, 1, 2].map(n => spool.begin(`{"id":${n}}`))
  breakDown(spool.segments[0]!)
  for (const ticket of tickets) spool.handOver(ticket)
  expect(textsOf(disk)).toEqual([0, 1, 2].map(n => `dispatch {"id":${n}}`))
})

test('what no segment takes may not leave, however often that is asked, and is given up; what comes later may', async () => {
  const { spool, disk, clock, settle } = startSpool()
  await settle()
  const safe = spool.begin('{"id":"safe"}')
  spool.handOver(safe)
  const lost = [spool.begin('{"id":0}'), spool.begin('{"id":1}')]
  disk.faults = { ...disk.faults, failedWrite: 1 }
  for (const ticket of [...lost, ...lost]) expect(() => spool.handOver(ticket)).toThrow(FULL)
  expect(lost.map(({ state }) => state)).toEqual(['ended', 'ended'])
  // One that the kernel had before goes on: its next branch may leave.
  spool.handOver(safe)
  disk.faults = { ...disk.faults, failedWrite: 0 }
  clock.advance(1_001)
  spool.hasRoom()
  await settle()
  for (const ticket of lost) expect(() => spool.handOver(ticket)).toThrow(FULL)
  spool.handOver(spool.begin('{"id":2}'))
  expect(textsOf(disk)).toContain('dispatch {"id":2}')
})

test('a segment stays while a request that stood in it is begun elsewhere, until the kernel knows', async () => {
  for (const isKnown of [true, false]) {
    const { spool, disk, settle } = startSpool()
    await settle()
    const ticket = spool.begin('{"to":"a"}')
    spool.handOver(ticket)
    const first = spool.segments[0]!
    for (let n = 0; n < 3; n++) {
      void spool.commit(filler)
      await settle()
    }
    for (const segment of spool.segments) segment.shipped = segment.flushed
    spool.begin('{"to":"b"}', ticket)
    await spool.prune()
    expect([...disk.files.keys()]).toContain(first.name)
    if (!isKnown) disk.faults = { ...disk.faults, failedWrite: 1 }
    if (isKnown) spool.handOver(ticket)
    else expect(() => spool.handOver(ticket)).toThrow(FULL)
    for (const segment of spool.segments) segment.shipped = segment.flushed
    await spool.prune()
    expect([...disk.files.keys()].includes(first.name)).toBe(!isKnown)
    expect(ticket.state).toBe('open')
    spool.release(ticket)
    await spool.prune()
    expect([...disk.files.keys()]).not.toContain(first.name)
  }
})

test('a request that has left once is never given up, wherever its new beginning was moved meanwhile', async () => {
  const { spool, disk, settle } = startSpool()
  await settle()
  const ticket = spool.begin('{"to":"a"}')
  spool.handOver(ticket)
  for (let n = 0; n < 12; n++) {
    void spool.commit(filler)
    await settle()
  }
  for (const segment of spool.segments) segment.shipped = segment.flushed
  spool.begin('{"to":"b"}', ticket)
  // It is long behind: its beginning is copied, and that is safe before it is handed over.
  const pruned = spool.prune()
  await settle()
  await pruned
  disk.faults = { ...disk.faults, failedWrite: 1 }
  spool.begin('{"other":1}')
  spool.handOver(ticket)
  const again = spool.begin('{"to":"c"}', ticket)
  expect(() => spool.handOver(again)).toThrow(FULL)
  expect(ticket.state).toBe('open')
})

test('a request that is being copied is written to the next segment when its new one fails, like any other', async () => {
  const { spool, settle } = startSpool({ maxBytes: 40 * 4_096 })
  await settle()
  const ticket = spool.begin('{"to":"a"}')
  spool.handOver(ticket)
  for (let n = 0; n < 12; n++) {
    void spool.commit(filler)
    await settle()
  }
  // The more are open, the more segments are held ready.
  for (let n = 0; n < 12; n++) spool.begin(`{"id":${n}}`)
  for (let n = 0; n < 4; n++) {
    spool.hasRoom()
    await settle()
  }
  for (const segment of spool.segments) segment.shipped = segment.flushed
  const pruned = spool.prune()
  expect(ticket.moving).toBe(ticket.segment)
  // The segment of the copy fills up, and the next one takes the second beginning.
  const ends = [spool.commit(filler), spool.commit(filler)].map(end => end.catch(() => {}))
  spool.begin('{"to":"b"}', ticket)
  const other = spool.begin('{"other":1}')
  expect(ticket.segment).toBe(other.segment)
  breakDown(ticket.segment)
  for (const each of [ticket, other]) spool.handOver(each)
  await settle()
  await Promise.all([pruned, ...ends])
  expect(ticket).toMatchObject({ state: 'open', moving: undefined, isHandedOver: true })
})

test('a request whose end is under way is not let out, and keeps its place until that is safe', async () => {
  const { spool, settle } = startSpool()
  await settle()
  const ticket = spool.begin('{"id":1}')
  const end = spool.commit('{"id":1}', ticket)
  expect(() => spool.handOver(ticket)).toThrow(FULL)
  expect([ticket.state, [...ticket.segment.tickets].includes(ticket)]).toEqual(['ending', true])
  await settle()
  expect([await stateOf(end), ticket.state]).toEqual(['resolved', 'ended'])
})

test('a full spool whose segment fails under an open request is pruned all the same, and takes its end', async () => {
  const { spool, clock, settle } = startSpool({ maxBytes: 3 * 4_096 })
  await settle()
  while (spool.segments.length < 3) {
    void spool.commit(filler)
    await settle()
  }
  const long = spool.begin('{"id":"long"}')
  spool.handOver(long)
  for (const segment of spool.segments) segment.shipped = segment.flushed
  spool.note('{"so":"far"}', long)
  breakDown(spool.segments[2]!)
  spool.flush()
  for (let second = 0; second < 5; second++) {
    clock.advance(1_001)
    await settle()
    for (const segment of spool.segments) segment.shipped = segment.flushed
    const pruned = spool.prune()
    await settle()
    await pruned
  }
  expect(spool.hasRoom()).toBe(true)
  const end = spool.commit('{"id":"long"}', long)
  await settle()
  expect(await stateOf(end)).toBe('resolved')
})

test('a lone record waits one turn and one sync', async () => {
  const { spool, disk, settle, turn, answer } = startSpool()
  await settle()
  const commit = spool.commit('{}')
  expect(disk.syncs).toBe(0)
  await turn()
  expect(disk.syncs).toBe(1)
  expect(await stateOf(commit)).toBe('pending')
  await answer()
  expect(await stateOf(commit)).toBe('resolved')
})

test('whoever comes while turns bring more shares one write and one sync', async () => {
  const { spool, disk, settle, turn, answer } = startSpool()
  await settle()
  const operations = disk.operations
  const commits = [spool.commit('{"n":1}'), spool.commit('{"n":2}')]
  // The turn brought a second one, so the next is awaited too.
  await turn()
  expect(disk.syncs).toBe(0)
  await turn()
  await answer()
  const during = [spool.commit('{"n":3}')]
  await turn()
  expect(disk.syncs).toBe(1)
  // They missed the sync that is under way, and have the next one to themselves.
  for (let n = 4; n < 8; n++) during.push(spool.commit(`{"n":${n}}`))
  await answer()
  await turn()
  await answer()
  expect(await Promise.all([...commits, ...during].map(stateOf))).toEqual(Array(7).fill('resolved'))
  expect(disk.operations - operations).toBe(6)
})

test('a group is synced after two milliseconds, however many still come', async () => {
  const { spool, disk, clock, settle, turn } = startSpool()
  await settle()
  void spool.commit('{}')
  for (let n = 0; n < 3; n++) {
    void spool.commit('{}')
    clock.advance(0.8)
    await turn()
  }
  expect(disk.syncs).toBe(1)
})

test('async answers from the kernel and syncs all of it with one timer', async () => {
  const { spool, disk, timers, settle, turn } = startSpool({ durability: 'async' })
  await settle()
  const commits = [spool.commit('{"n":1}')]
  await turn()
  commits.push(spool.commit('{"n":2}'))
  await turn()
  expect(await Promise.all(commits.map(stateOf))).toEqual(['resolved', 'resolved'])
  expect({ syncs: disk.syncs, delays: timers.map(({ delayMs }) => delayMs) }).toEqual({
    syncs: 0,
    delays: [100],
  })
  timers.shift()?.run()
  expect(disk.syncs).toBe(1)
  await settle()
  expect(spool.segments[0]!.synced).toBe(spool.segments[0]!.flushed)
  expect(timers).toHaveLength(0)
})

test('a checkpoint costs no write of its own', async () => {
  const { spool, disk, settle } = startSpool()
  await settle()
  const ticket = spool.begin('{"id":1}')
  spool.handOver(ticket)
  const { operations } = disk
  for (let n = 0; n < 5; n++) spool.note(`{"n":${n}}`, ticket)
  expect(disk.operations).toBe(operations)
  spool.flush()
  expect(disk.operations).toBe(operations + 1)
  expect(textsOf(disk)).toContain('meter {"n":4}')
})

test('a sync that failed is never tried again on that file: the next segment takes all of it', async () => {
  const { spool, disk, settle, turn, answer } = startSpool()
  await settle()
  const open = spool.begin('{"id":"open"}')
  spool.note('{"so":"far"}', open)
  const commit = spool.commit('{"id":"end"}')
  disk.faults = { ...disk.faults, failedSync: 1 }
  await turn()
  await answer()
  disk.faults = { ...disk.faults, failedSync: 0 }
  expect(await stateOf(commit)).toBe('pending')
  await settle()
  expect(await stateOf(commit)).toBe('resolved')
  const [failed, current] = spool.segments
  expect(failed).toMatchObject({ hasFailed: true, synced: 0 })
  const { frames } = scanFrames(disk.files.get(current!.name)!.durable)
  expect(frames.map(({ kind }) => kind)).toEqual(['dispatch', 'meter', 'end'])
})

test('a checkpoint is written again when its segment fails, though its dispatch stands in a good one', async () => {
  const { spool, disk, settle, turn, answer } = startSpool()
  await settle()
  const ticket = spool.begin('{"id":1}')
  for (let n = 0; n < 3; n++) {
    void spool.commit(filler)
    await settle()
  }
  expect(spool.segments).toHaveLength(2)
  spool.note('{"so":"far"}', ticket)
  const failing = spool.segments[1]!.name
  disk.faults = { ...disk.faults, failedSync: 1 }
  const commit = spool.commit('{"id":2}')
  await turn()
  await answer()
  disk.faults = { ...disk.faults, failedSync: 0 }
  disk.files.delete(failing)
  expect(textsOf(disk).some(text => text === 'meter {"so":"far"}')).toBe(true)
  await settle()
  await commit
})

test('a record that two segments failed to take goes back to its owner, who may try again', async () => {
  const { spool, disk, clock, settle } = startSpool()
  await settle()
  const ticket = spool.begin('{"id":1}')
  spool.handOver(ticket)
  disk.faults = { ...disk.faults, failedWrite: 1 }
  const lost = spool.commit('{"id":1}', ticket)
  lost.catch(() => {})
  await settle()
  expect(await stateOf(lost)).toBe('rejected')
  expect(ticket.state).toBe('open')
  expect(spool.hasRoom()).toBe(false)
  expect(() => spool.begin('{"id":2}')).toThrow(expect.objectContaining({ code: 'ENOSPC' }))
  disk.faults = { ...disk.faults, failedWrite: 0 }
  clock.advance(1_001)
  spool.hasRoom()
  await settle()
  const again = spool.commit('{"id":1}', ticket)
  await settle()
  expect(await stateOf(again)).toBe('resolved')
  expect(ticket.state).toBe('ended')
  expect(spool.hasRoom()).toBe(true)
})

test('room for the end of every request that was begun is never given to another', async () => {
  const { spool, disk, settle } = startSpool({ maxBytes: 2 * 4_096 })
  await settle()
  const tickets = []
  for (let n = 0; spool.hasRoom() && n < 1_000; n++) tickets.push(spool.begin(`{"id":${n}}`))
  expect(tickets.length).toBeGreaterThan(10)
  expect(() => spool.begin(`{"text":"${'x'.repeat(200)}"}`)).toThrow(
    expect.objectContaining({ code: 'ENOSPC' }),
  )
  await expect(spool.commit(filler)).rejects.toMatchObject({ code: 'ENOSPC' })
  disk.freeSpace = 0
  const ends = tickets.map((ticket, n) => spool.commit(`{"id":${n},"text":"${'x'.repeat(200)}"}`, ticket))
  await settle()
  expect(new Set(await Promise.all(ends.map(stateOf)))).toEqual(new Set(['resolved']))
})

test('a full disk refuses new requests and is asked again a second later', async () => {
  const { spool, disk, clock, settle } = startSpool()
  await settle()
  disk.freeSpace = 0
  for (let n = 0; spool.hasRoom() && n < 1_000; n++) {
    void spool.commit('{}')
    await settle()
  }
  disk.freeSpace = 1e9
  expect(spool.hasRoom()).toBe(false)
  clock.advance(1_001)
  spool.hasRoom()
  await settle()
  expect(spool.hasRoom()).toBe(true)
})

test('a long request does not keep the segments that were written since', async () => {
  const { spool, disk, settle } = startSpool()
  await settle()
  const long = spool.begin('{"id":"long"}')
  spool.note('{"so":"far"}', long)
  for (let n = 0; n < 40; n++) {
    void spool.commit(filler)
    await settle()
    for (const segment of spool.segments) segment.shipped = segment.flushed
    const pruned = spool.prune()
    await settle()
    await pruned
  }
  expect(spool.segments.length).toBeLessThan(8)
  expect(textsOf(disk)).toContain('dispatch {"id":"long"}')
  expect(textsOf(disk)).toContain('meter {"so":"far"}')
})

test('nothing is left on the disk when everything was stored', async () => {
  const { spool, disk, settle } = startSpool()
  await settle()
  const end = spool.commit('{}', spool.begin('{"id":1}'))
  await settle()
  await end
  for (const segment of spool.segments) segment.shipped = segment.flushed
  const closed = spool.close()
  await settle()
  await closed
  expect([...disk.files.keys()]).toEqual([])
  await expect(spool.commit('{}')).rejects.toMatchObject({ code: 'ENOSPC' })
})

test('what was not stored is on the disk when it closes, an end that waits included', async () => {
  const { spool, disk, settle } = startSpool()
  await settle()
  const end = spool.commit('{"id":1}')
  const closed = spool.close()
  await settle()
  await closed
  expect(await stateOf(end)).toBe('resolved')
  expect([...disk.files.values()].flatMap(({ durable }) => scanFrames(durable).frames)).toHaveLength(1)
})

test('a segment stays while somebody waits for its sync, though all of it is stored', async () => {
  const { spool, disk, settle, turn } = startSpool()
  await settle()
  const first = spool.segments[0]!
  const commit = spool.commit(filler)
  await turn()
  expect(disk.syncs).toBe(1)
  // The next two do not fit any more.
  const more = [spool.commit(filler), spool.commit(filler)]
  first.shipped = first.flushed
  await spool.prune()
  expect(spool.segments).toContain(first)
  await settle()
  await Promise.all([commit, ...more])
  first.shipped = first.flushed
  await spool.prune()
  expect(spool.segments).not.toContain(first)
})

test('keeps no file open after a removal, a failure and its end', async () => {
  const { spool, disk, settle, turn, answer } = startSpool()
  await settle()
  for (let n = 0; n < 12; n++) {
    const commit = spool.commit(filler)
    await turn()
    disk.faults = { ...disk.faults, failedSync: n === 5 ? 1 : 0 }
    await answer()
    disk.faults = { ...disk.faults, failedSync: 0 }
    await settle()
    await commit
    for (const segment of spool.segments) segment.shipped = segment.flushed
    await spool.prune()
    await settle()
  }
  expect(disk.openFiles).toBe(spool.segments.length + 1)
  const closed = spool.close()
  await settle()
  await closed
  expect(disk.openFiles).toBe(0)
})
