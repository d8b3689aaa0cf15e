import { expect, test } from 'bun:test'
import { MemoryRoom } from '../../src/limits/memory-room'

/** A process whose memory falls only some time after what was in it was collected. */
function setUp(residentBytes: number, garbageBytes = 0) {
  const state = { residentBytes, garbageBytes, freedBytes: 0, looks: 0, collections: 0 }
  const room = new MemoryRoom({
    limitBytes: 1_000,
    residentBytes() {
      state.looks++
      return Number.isNaN(state.residentBytes) ? undefined : state.residentBytes
    },
    collect() {
      state.collections++
      state.freedBytes += state.garbageBytes
      state.garbageBytes = 0
    },
  })
  const giveBack = () => {
    state.residentBytes -= state.freedBytes
    state.freedBytes = 0
  }
  return { room, state, giveBack }
}

test('F14: memory is short above 85 % of the limit, and no longer once it is given back', () => {
  const { room, state } = setUp(850)
  room.tick(0)
  expect([room.isShort, state.collections]).toEqual([false, 0])
  state.residentBytes = 851
  room.tick(1_000)
  expect([room.isShort, state.collections]).toEqual([false, 1])
  room.tick(2_000)
  expect(room.isShort).toBe(true)
  state.residentBytes = 850
  room.tick(3_000)
  expect(room.isShort).toBe(false)
})

test('F15: where it cannot be known what is taken, it stays as it was', () => {
  const { room, state } = setUp(950)
  room.tick(0)
  room.tick(1_000)
  expect(room.isShort).toBe(true)
  state.residentBytes = Number.NaN
  room.tick(2_000)
  expect(room.isShort).toBe(true)
  state.residentBytes = 100
  room.tick(3_000)
  expect(room.isShort).toBe(false)
})

test('garbage is collected before anybody is refused for it, and has until the next look to be given back', () => {
  const { room, state, giveBack } = setUp(950, 500)
  room.tick(0)
  expect([room.isShort, state.collections]).toEqual([false, 1])
  giveBack()
  room.tick(1_000)
  expect([room.isShort, state.collections]).toEqual([false, 1])
})

test('while it is short it stays so until the look after the next collection', () => {
  const { room, state, giveBack } = setUp(950)
  for (const now of [0, 1_000]) room.tick(now)
  expect(room.isShort).toBe(true)
  state.garbageBytes = 500
  room.tick(9_000)
  expect([room.isShort, state.collections]).toEqual([true, 1])
  room.tick(10_000)
  expect([room.isShort, state.collections]).toEqual([true, 2])
  giveBack()
  room.tick(11_000)
  expect(room.isShort).toBe(false)
})

test('it looks once a second, and collects once in ten', () => {
  const { room, state } = setUp(999)
  for (let now = 0; now < 20_000; now += 250) room.tick(now)
  expect([state.looks, state.collections]).toEqual([20, 2])
  expect(room.isShort).toBe(true)
})
