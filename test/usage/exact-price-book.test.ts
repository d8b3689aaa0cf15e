import { expect, test } from 'bun:test'
import type { Price } from '../../src/catalog/price'
import { silentLog } from '../../src/lib/log'
import { encodeDispatch, encodeRecord } from '../../src/usage/journal'
import { PriceBook } from '../../src/usage/price-book'
import { recover } from '../../src/usage/recover'
import { Chance } from '../spool/chance'
import { encodeFrame } from '../spool/encode-frame'
import { FakeDisk } from '../spool/fake-disk'
import { recordsOf } from './records-of'
import { sampleDispatch, sampleRecord } from './sample'

const price = (version: string): Price => ({ version, rates: {}, tiers: [] })

/** What was given to the store, batch by batch. */
function store(book: PriceBook) {
  const batches: string[][] = []
  const storing = (fails = false) =>
    book.storing(async prices => {
      batches.push(prices.map(({ version }) => version))
      if (fails) throw new Error('away')
    })
  return { batches, storing }
}

test('gives each price to the store once, before what is stored besides', async () => {
  const book = new PriceBook()
  const { batches, storing } = store(book)
  for (const version of ['a', 'b', 'a']) book.note(price(version))
  await storing()
  book.note(price('a'))
  book.note(price('c'))
  await storing()
  await storing()
  expect(batches).toEqual([['a', 'b'], ['c'], []])
})

test('gives it again while the store is away', async () => {
  const book = new PriceBook()
  const { batches, storing } = store(book)
  book.note(price('a'))
  await expect(storing(true)).rejects.toThrow('away')
  await storing()
  await storing()
  expect(batches).toEqual([['a'], ['a'], []])
})

test('a price that is noted while others are being stored comes next', async () => {
  const book = new PriceBook()
  book.note(price('a'))
  await book.storing(async () => book.note(price('b')))
  const { batches, storing } = store(book)
  await storing()
  expect(batches).toEqual([['b']])
})

test('what a dead process left brings its prices with it, before the first record that names one', async () => {
  const disk = new FakeDisk(new Chance(1))
  const ended = [
    encodeFrame('dispatch', encodeDispatch(sampleDispatch('ended'))),
    encodeFrame('end', encodeRecord(sampleRecord('ended'))),
  ]
  const open = { ...sampleDispatch('open'), price: price('later') }
  const frames = [...ended, encodeFrame('dispatch', encodeDispatch(open))]
  disk.create('a-1.spool').write(Buffer.concat(frames), 0)
  const book = new PriceBook()
  const seen = new Set<string>()
  await recover({
    disk,
    log: silentLog,
    notePrice: found => book.note(found),
    write: batch =>
      book.storing(async prices => {
        for (const { version } of prices) seen.add(version)
        for (const { priceVersion } of recordsOf(batch)) expect(seen).toContain(priceVersion!)
      }),
  })
  expect([...seen].sort()).toEqual(['demo@1', 'later'])
})
