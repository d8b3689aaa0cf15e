import { expect, test } from 'bun:test'
import { silentLog } from '../../src/lib/log'
import { Adoption } from '../../src/usage/adopt'
import { encodeRecord } from '../../src/usage/journal'
import { Chance } from '../spool/chance'
import { encodeFrame } from '../spool/encode-frame'
import { FakeDisk } from '../spool/fake-disk'
import { FakeStore } from './fake-store'
import { sampleRecord } from './sample'

function setUp(payloads: Record<string, string>, live: string[] = [], broken?: string) {
  const disks = new Map(
    Object.entries(payloads).map(([folder, payload]) => {
      const disk = new FakeDisk(new Chance(1))
      disk.create('a-1.spool').write(encodeFrame('end', payload), 0)
      return [folder, disk]
    }),
  )
  const store = new FakeStore(new Chance(1))
  const looked: string[] = []
  const settled: string[] = []
  const time = { now: 0 }
  let held = 0
  const state = { hasDescriptors: true }
  const adoption = new Adoption({
    clock: { now: () => time.now },
    folders() {
      if (!state.hasDescriptors) throw Object.assign(new Error('too many'), { code: 'EMFILE' })
      return [...disks.keys()]
    },
    tryLock(folder) {
      looked.push(folder)
      if (live.includes(folder)) return undefined
      held++
      return { release: () => held-- }
    },
    disk(folder) {
      if (folder === broken) throw new Error('it cannot be read')
      return disks.get(folder)!
    },
    remove(folder) {
      expect(held).toBe(1)
      disks.delete(folder)
    },
    log: silentLog,
    write: store.write,
    async settled(folder) {
      if (store.trouble > 0) throw new Error('away')
      settled.push(folder)
    },
  })
  return { adoption, state, time, disks, store, looked, settled, held: () => held }
}

const record = (id: string) => encodeRecord(sampleRecord(id))

test('stores what dead processes left and removes their folders, and leaves those of live ones', async () => {
  const { adoption, disks, store, held } = setUp({ dead: record('x'), alive: record('y') }, ['alive'])
  await adoption.run()
  expect([...store.rows.keys()]).toEqual(['x'])
  expect([...disks.keys()]).toEqual(['alive'])
  expect(held()).toBe(0)
})

test('F15: without a descriptor left it looks the next time', async () => {
  const { adoption, state, disks } = setUp({ dead: record('x') })
  state.hasDescriptors = false
  await adoption.run()
  expect([disks.size, adoption.nextInMs]).toEqual([1, 5_000])
  state.hasDescriptors = true
  await adoption.run()
  expect(disks.size).toBe(0)
})

test('F15: a folder whose time has come does not make it look without a pause', async () => {
  const { adoption, state, store, time } = setUp({ dead: record('x') })
  store.trouble = 1
  await adoption.run()
  state.hasDescriptors = false
  time.now += 2_000
  await adoption.run()
  expect(adoption.nextInMs).toBe(1_000)
})

test('tries again what the store did not take, and never rejects', async () => {
  const { adoption, time, disks, store, held } = setUp({ dead: record('x'), other: record('y') })
  store.trouble = 1
  await adoption.run()
  expect(disks.size).toBe(2)
  expect(held()).toBe(0)
  store.trouble = 0
  time.now += adoption.nextInMs
  await adoption.run()
  expect(disks.size).toBe(0)
  expect(store.rows.size).toBe(2)
})

test('looks again soon at what was not stored, ever later, and then as before', async () => {
  const { adoption, time, looked, store } = setUp({ dead: record('x') })
  store.trouble = 1
  const looks: number[] = []
  while (time.now <= 100_000) {
    const before = looked.length
    await adoption.run()
    if (looked.length > before) looks.push(time.now)
    time.now += adoption.nextInMs
  }
  const pauses = looks.slice(1).map((at, index) => at - looks[index]!)
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  store.trouble = 0
  time.now += 30_000
  await adoption.run()
  expect(adoption.nextInMs).toBe(5_000)
})

test('one folder that cannot be stored keeps no other from being looked at every 5 s', async () => {
  const { adoption, time, looked } = setUp({ broken: record('x'), alive: record('y') }, ['alive'], 'broken')
  const looks: number[] = []
  while (time.now <= 100_000) {
    const before = looked.filter(folder => folder === 'alive').length
    await adoption.run()
    if (looked.filter(folder => folder === 'alive').length > before) looks.push(time.now)
    time.now += adoption.nextInMs
  }
  expect(Math.max(...looks.slice(1).map((at, index) => at - looks[index]!))).toBe(5_000)
  expect(looked.filter(folder => folder === 'broken')).toHaveLength(8)
})

test('a folder that is gone is not waited for', async () => {
  const { adoption, disks } = setUp({ broken: record('x') }, [], 'broken')
  await adoption.run()
  expect(adoption.nextInMs).toBe(1_000)
  disks.delete('broken')
  await adoption.run()
  expect(adoption.nextInMs).toBe(5_000)
})

test('looks at what another version wrote once, and leaves it', async () => {
  const { adoption, disks, looked } = setUp({ newer: 'not json' })
  await adoption.run()
  await adoption.run()
  expect([...disks.keys()]).toEqual(['newer'])
  expect(looked).toEqual(['newer'])
})

test('two rounds at once are one', async () => {
  const { adoption, looked } = setUp({ dead: record('x') })
  await Promise.all([adoption.run(), adoption.run()])
  expect(looked).toEqual(['dead'])
})

test('what a dead process held is settled once all of it is stored, and its folder stays until then', async () => {
  const { adoption, time, disks, store, settled } = setUp({ dead: record('x'), alive: record('y') }, [
    'alive',
  ])
  store.trouble = 1
  await adoption.run()
  expect([settled, [...disks.keys()]]).toEqual([[], ['dead', 'alive']])
  store.trouble = 0
  time.now += adoption.nextInMs
  await adoption.run()
  expect([settled, [...disks.keys()]]).toEqual([['dead'], ['alive']])
})

test('what a dead process held is not settled where its disk lost something: nobody knows what that cost', async () => {
  const { adoption, disks, settled } = setUp({ dead: record('x') })
  const disk = disks.get('dead')!
  const file = disk.create('a-2.spool')
  const frame = encodeFrame('end', record('y'))
  frame[frame.length - 1]! ^= 1
  file.write(frame, 0)
  await adoption.run()
  expect([settled, disks.size]).toEqual([[], 0])
})
