import { expect, test } from 'bun:test'
import { VendorFaults } from '../../src/boot/vendor-faults'
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
  const faults = new VendorFaults(clock, log)
  for (let n = 0; n < 5; n++) faults.tell('impossible', auditRow({ vendor: 'acme' }))
  faults.tell('impossible', auditRow({ vendor: 'other' }))
  expect(lines.map(line => JSON.parse(line).vendor)).toEqual(['acme', 'other'])
  clock.advance(60_000)
  faults.tell('impossible', auditRow({ vendor: 'acme' }))
  expect(lines).toHaveLength(3)
  faults.tell('overrun', auditRow({ vendor: 'acme' }))
  faults.tell('overrun', auditRow({ vendor: 'acme' }))
  expect(lines).toHaveLength(4)
  expect(JSON.parse(lines[3]!)).toMatchObject({ vendor: 'acme', requestId: expect.any(String) })
})
