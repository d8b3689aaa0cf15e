import { expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { silentLog } from '../../src/lib/log'
import { Outbox } from '../../src/replay/outbox'

test('work is over once it is done, or given up because the store refuses it', async () => {
  const outbox = new Outbox(silentLog)
  const said: string[] = []
  let isAway = true
  const work = async () => {
    if (isAway) {
      isAway = false
      throw new GatewayError('store_unavailable', 'away')
    }
    said.push('done')
  }
  outbox.add(
    () => Promise.reject(new Error('a value that the store does not take')),
    () => said.push('given up'),
  )
  outbox.add(work, () => said.push('over'))
  await outbox.flush(5_000)
  expect(said).toEqual(['given up', 'done', 'over'])
})

test('work that comes in the moment in which the last is over is done without more coming', async () => {
  const outbox = new Outbox(silentLog)
  const done: number[] = []
  const note = (at: number) => async () => {
    done.push(at)
  }
  for (let ticks = 0; ticks < 12; ticks++) {
    outbox.add(note(ticks))
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
    outbox.add(note(ticks))
    for (let wait = 0; done.length < 2 * (ticks + 1) && wait < 50; wait++) await Bun.sleep(1)
    expect(done).toHaveLength(2 * (ticks + 1))
  }
})
