import { silentLog } from '../../src/lib/log'
import { Spool } from '../../src/spool/spool'
import type { SpoolDeps } from '../../src/spool/spool-deps'
import { FakeClock } from '../gateway/fake-clock'
import { Chance } from './chance'
import { FakeDisk } from './fake-disk'

/** A spool on a fake disk, whose turns, timers and syncs a test moves by hand. */
export function startSpool(options: Partial<SpoolDeps> = {}) {
  const disk = new FakeDisk(new Chance(1))
  const clock = new FakeClock()
  const turns: (() => void)[] = []
  const timers: { run: () => void; delayMs: number }[] = []
  const spool = new Spool({
    disk,
    clock,
    log: silentLog,
    boot: 'a',
    nextTurn: run => turns.push(run),
    later: (run, delayMs) => timers.push({ run, delayMs }),
    durability: 'sync',
    segmentBytes: 4_096,
    maxBytes: 10 * 4_096,
    leastFreeBytes: 0,
    reservedBytes: 256,
    ...options,
  })
  const rest = () => new Promise(resolve => setImmediate(resolve))
  const turn = async () => {
    for (const run of turns.splice(0)) run()
    await rest()
  }
  const answer = async () => {
    disk.answerSync()
    await rest()
  }
  /** Until nothing is under way. */
  const settle = async () => {
    while (turns.length > 0 || disk.syncs > 0) {
      await turn()
      await answer()
    }
  }
  return { spool, disk, clock, timers, turn, answer, settle }
}

/** Whether a promise is settled, and how. */
export async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'resolved' | 'rejected'> {
  const late = new Promise<'pending'>(resolve => setImmediate(() => resolve('pending')))
  return await Promise.race([
    promise.then(
      () => 'resolved' as const,
      () => 'rejected' as const,
    ),
    late,
  ])
}
