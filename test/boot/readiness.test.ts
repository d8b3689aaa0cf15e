import { expect, test } from 'bun:test'
import { readiness } from '../../src/boot/readiness'

const MIB = 1024 * 1024
const FINE = { recorder: {}, health: { cooling: 0 } }
const OPEN = { canRecord: () => true, memory: { isShort: false }, inFlight: 0, draining: false }

async function usageCheck(canRecord: boolean, roomBytes: number) {
  const { ok, checks } = await readiness(
    { isReady: async () => true },
    { ...FINE, limits: { ...OPEN, canRecord: () => canRecord }, recorder: { roomBytes: () => roomBytes } },
  )
  return { ok, usage: checks.usage }
}

test('a disk that fills up is seen coming, while requests are still served', async () => {
  expect(await usageCheck(true, 2_000 * MIB)).toEqual({ ok: true, usage: 'ok' })
  expect(await usageCheck(true, 100 * MIB)).toEqual({
    ok: true,
    usage: 'ok, but records have room for 100 MiB more',
  })
  expect(await usageCheck(false, 0)).toEqual({ ok: false, usage: 'no room for further records' })
})

test('F14: short of memory it is ready for no more than one request at a time, and says so', async () => {
  const memoryCheck = async (isShort: boolean, inFlight: number) => {
    const limits = { ...OPEN, memory: { isShort }, inFlight }
    const { ok, checks } = await readiness({ isReady: async () => true }, { ...FINE, limits })
    return { ok, memory: checks.memory }
  }
  expect(await memoryCheck(false, 40)).toEqual({ ok: true, memory: 'ok' })
  expect(await memoryCheck(true, 1)).toEqual({ ok: false, memory: 'no room for further requests' })
  expect(await memoryCheck(true, 0)).toEqual({
    ok: true,
    memory: 'ok, but requests are taken one at a time: more than 85 % of the memory is taken',
  })
})

test('T64 deployments that are set aside are told, and others still serve', async () => {
  const { ok, checks } = await readiness(
    { isReady: async () => true },
    { ...FINE, limits: OPEN, health: { cooling: 2 } },
  )
  expect([ok, checks.vendors]).toEqual([true, 'ok, but deployments are set aside after failures: 2'])
})
