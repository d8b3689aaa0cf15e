import { expect, test } from 'bun:test'
import { encodeDispatch, encodeRecord } from '../../src/usage/journal'
import { restore } from '../../src/usage/restore'
import { batchOf, writtenRecord } from '../../src/usage/written-record'
import { Chance } from '../spool/chance'
import { encodeFrame } from '../spool/encode-frame'
import { FakeDisk } from '../spool/fake-disk'
import { FakeStore } from './fake-store'
import { sampleDispatch, sampleRecord } from './sample'

const begun = (id: string) => encodeFrame('dispatch', encodeDispatch(sampleDispatch(id)))
const ended = (id: string) => encodeFrame('end', encodeRecord(sampleRecord(id)))

test('what a database has lost is there again, and nothing is there twice or guessed of a process that lives', async () => {
  const disk = new FakeDisk(new Chance(1))
  const segments = {
    'dead-1.spool': [begun('a'), ended('a'), begun('crashed')],
    'dead-2.spool': [begun('b'), ended('b')],
    'live-1.spool': [begun('c'), ended('c'), begun('under-way')],
  }
  for (const [name, frames] of Object.entries(segments)) disk.create(name).write(Buffer.concat(frames), 0)
  const store = new FakeStore(new Chance(1))
  await store.write(batchOf([writtenRecord(sampleRecord('a', 99))]))
  const prices: string[] = []
  const count = await restore({
    disk,
    write: store.write,
    isOver: boot => boot === 'dead',
    notePrice: ({ version }) => prices.push(version),
  })
  expect([...store.rows.keys()].toSorted()).toEqual(['a', 'b', 'c', 'crashed'])
  expect(store.rows.get('a')).toEqual(sampleRecord('a', 99))
  expect(store.rows.get('crashed')?.errorCode).toBe('gateway_crashed')
  expect({ count, files: disk.list().length }).toEqual({ count: 4, files: 3 })
  expect(new Set(prices)).toEqual(new Set(['demo@1']))
})
