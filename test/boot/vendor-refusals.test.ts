import { expect, test } from 'bun:test'
import { Refusals } from '../../src/boot/vendor-refusals'
import { createLog } from '../../src/lib/log'
import { auditRow } from '../db/rows'
import { FakeClock } from '../gateway/fake-clock'

test('a vendor whose figures cannot be is told of once a minute, each one for itself', () => {
  const lines: string[] = []
  const clock = new FakeClock()
  const log = createLog(
    'warn',
    line => lines.push(line),
    true,
    () => 0,
  )
  const refusals = new Refusals(clock, log)
  for (let n = 0; n < 5; n++) refusals.tell(auditRow({ vendor: 'acme' }))
  refusals.tell(auditRow({ vendor: 'other' }))
  expect(lines.map(line => JSON.parse(line).vendor)).toEqual(['acme', 'other'])
  clock.advance(60_000)
  refusals.tell(auditRow({ vendor: 'acme' }))
  expect(lines).toHaveLength(3)
})
