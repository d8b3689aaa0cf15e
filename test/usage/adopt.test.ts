import { expect, test } from 'bun:test'
import { silentLog } from '../../src/lib/log'
import { Adoption } from '../../src/usage/adopt'
import { encodeRecord } from '../../src/usage/journal'
import { Chance } from '../spool/chance'
import { encodeFrame } from '../spool/encode-frame'
import { FakeDisk } from '../spool/fake-disk'
import { FakeStore } from './fake-store'
import { sampleRecord } from './sample'

function setUp(payloads: Record<string, string>, live: string[] = []) {
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
  let held = 0
  const adoption = new Adoption({
    folders: () => [...disks.keys()],
    tryLock(folder) {
      looked.push(folder)
      if (live.includes(folder)) return undefined
      held++
      return { release: () => held-- }
    },
    disk: folder => disks.get(folder)!,
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
  return { adoption, disks, store, looked, settled, held: () => held }
}

const record = (id: string) => encodeRecord(sampleRecord(id))

test('stores what dead processes left and removes their folders, and leaves those of live ones', async () => {
  const { adoption, disks, store, held } = setUp({ dead: record('x'), alive: record('y') }, ['alive'])
  await adoption.run()
  expect([...store.rows.keys()]).toEqual(['x'])
  expect([...disks.keys()]).toEqual(['alive'])
  expect(held()).toBe(0)
})

test('tries again what the store did not take, and never rejects', async () => {
  const { adoption, disks, store, held } = setUp({ dead: record('x'), other: record('y') })
  store.trouble = 1
  await adoption.run()
  expect(disks.size).toBe(2)
  expect(held()).toBe(0)
  store.trouble = 0
  await adoption.run()
  expect(disks.size).toBe(0)
  expect(store.rows.size).toBe(2)
})

test('looks again soon after the store was away, ever later, and then as before', async () => {
  const { adoption, store } = setUp({ dead: record('x') })
  store.trouble = 1
  const pauses: number[] = []
  for (let round = 0; round < 7; round++) {
    await adoption.run()
    pauses.push(adoption.nextInMs)
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  store.trouble = 0
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
  const { adoption, disks, store, settled } = setUp({ dead: record('x'), alive: record('y') }, ['alive'])
  store.trouble = 1
  await adoption.run()
  expect([settled, [...disks.keys()]]).toEqual([[], ['dead', 'alive']])
  store.trouble = 0
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
