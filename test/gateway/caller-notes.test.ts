import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway } from './start-gateway'

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())

const body = JSON.stringify({
  model: 'm',
  messages: [{ role: 'user', content: 'Hello' }],
  user: 'ann',
  metadata: { team: 'search' },
})

test.each([
  [true, { user: 'ann', metadata: { team: 'search' } }],
  [false, undefined],
])('with AUDIT_METADATA %p the record keeps %j', async (keepsNotes, notes) => {
  const gateway = startGateway({ vendors: { acme: vendor.url }, keepsNotes })
  try {
    expect((await gateway.chat('', { body })).status).toBe(200)
    expect((await gateway.record()).notes).toEqual(notes as { user: string })
  } finally {
    await gateway.stop()
  }
})
