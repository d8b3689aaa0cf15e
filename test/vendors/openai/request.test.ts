import { expect, test } from 'bun:test'
import { VENDORS } from '../../../src/catalog/vendors'
import { chatRequest } from '../../../src/vendors/openai/request'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatRequest } from '../../../src/wire/chat-request'

const { keyVariable: _, ...facts } = VENDORS.find(({ name }) => name === 'openai')!
const OPENAI: Vendor = { ...facts, credential: 'secret', headers: {}, timeouts: DEFAULT_TIMEOUTS }

function ask(tier: string, vendor = OPENAI) {
  const body = `{"model":"m","messages":[{"role":"user","content":"Hi"}],"service_tier": ${tier} }`
  const sent = chatRequest(readChatRequest(Buffer.from(body)), vendor, 'm').body
  return Buffer.from(sent as Uint8Array).toString() === body
}

test.each(['"priority"', '"fast"', '"pri\\u006frity"'])(
  'T88 the tier %s is refused by name at OpenAI: it costs more than the price that we know',
  tier => {
    expect(() => ask(tier)).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: 'service_tier' }),
    )
    // Its namesake under another name as well; at a vendor of one's own the price is one's own.
    expect(() => ask(tier, { ...OPENAI, name: 'work', kin: 'openai' })).toThrow()
    expect(ask(tier, { ...OPENAI, name: 'acme' })).toBe(true)
  },
)

test.each(['"auto"', '"default"', '"flex"', 'null'])('the tier %s passes', tier => {
  expect(ask(tier)).toBe(true)
})
