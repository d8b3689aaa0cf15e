import { expect, test } from 'bun:test'
import { MemoryRoom } from '../../src/limits/memory-room'

function setUp(residentBytes: number, garbageBytes = 0) {
  const state = { residentBytes, garbageBytes, looks: 0, collections: 0 }
  const room = new MemoryRoom({
    limitBytes: 1_000,
    residentBytes() {
      state.looks++
      return state.residentBytes
    },
    collect() {
      state.collections++
      state.residentBytes -= state.garbageBytes
      state.garbageBytes = 0
    },
  })
  return { room, state }
}

test('F14: memory is short above 85 % of the limit, and no longer once it is given back', () => {
  const { room, state } = setUp(850)
  room.tick(0)
  expect(room.isShort).toBe(false)
  state.residentBytes = 851
  room.tick(1_000)
  expect(room.isShort).toBe(true)
  state.residentBytes = 850
  room.tick(2_000)
  expect(room.isShort).toBe(false)
})

test('garbage is collected before anybody is refused for it', () => {
  const { room, state } = setUp(950, 500)
  room.tick(0)
  expect([room.isShort, state.collections]).toEqual([false, 1])
})

test('it looks once a second, and collects once in ten', () => {
  const { room, state } = setUp(999)
  for (let now = 0; now < 20_000; now += 250) room.tick(now)
  expect(state.collections).toBe(2)
  expect(state.looks).toBe(20 + 2)
  expect(room.isShort).toBe(true)
})
