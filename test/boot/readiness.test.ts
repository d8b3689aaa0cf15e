import { expect, test } from 'bun:test'
import { readiness } from '../../src/boot/readiness'

const MIB = 1024 * 1024

async function usageCheck(canRecord: boolean, roomBytes: number) {
  const { ok, checks } = await readiness(
    { isReady: async () => true },
    { limits: { canRecord: () => canRecord, draining: false }, recorder: { roomBytes: () => roomBytes } },
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
