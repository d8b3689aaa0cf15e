import { expect, test } from 'bun:test'
import { VENDORS } from '../../../src/catalog/vendors'
import { assertTierPriced } from '../../../src/vendors/openai/dearer-tiers'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatRequest } from '../../../src/wire/chat-request'

const { keyVariable: _, ...facts } = VENDORS.find(({ name }) => name === 'openai')!
const OPENAI: Vendor = { ...facts, credential: 'secret', headers: {}, timeouts: DEFAULT_TIMEOUTS }

function judge(tier: string, vendor = OPENAI): void {
  const body = `{"model":"m","messages":[{"role":"user","content":"Hi"}],"service_tier": ${tier} }`
  const chat = readChatRequest(Buffer.from(body))
  assertTierPriced(chat, chat.spans.serviceTier!, vendor)
}

test.each(['"priority"', '"fast"', '"pri\\u006frity"'])(
  'T88 the tier %s is refused by name at OpenAI and Azure: it costs more than the price that we know',
  tier => {
    const refusal = expect.objectContaining({
      status: 400,
      code: 'unsupported_parameter',
      param: 'service_tier',
    })
    expect(() => judge(tier)).toThrow(refusal)
    // Its namesake under another name as well; at a server of one's own the price is one's own.
    expect(() => judge(tier, { ...OPENAI, name: 'work', kin: 'openai' })).toThrow(refusal)
    expect(() => judge(tier, { ...OPENAI, name: 'work', dialect: 'azure', conforms: false })).toThrow(refusal)
    expect(() => judge(tier, { ...OPENAI, name: 'acme', baseUrl: 'https://acme.example/v1' })).not.toThrow()
    // At OpenAI's own address whatever it is called, and its tiers where they are sold on.
    for (const baseUrl of [
      'https://api.openai.com/v1',
      'https://eu.api.openai.com/v1',
      'https://api.openai.com./v1',
    ])
      expect(() => judge(tier, { ...OPENAI, name: 'acme', baseUrl })).toThrow(refusal)
    expect(() =>
      judge(tier, { ...OPENAI, name: 'acme', baseUrl: 'https://notapi.openai.com/v1' }),
    ).not.toThrow()
    for (const kin of ['openrouter', 'mistral'])
      expect(() => judge(tier, { ...OPENAI, name: 'x', kin, baseUrl: 'https://x.example' })).toThrow(refusal)
  },
)

test.each(['"auto"', '"default"', '"flex"', '7', 'null', `"${'priority'.repeat(9)}"`])(
  'the tier %s is none of them',
  tier => {
    expect(() => judge(tier)).not.toThrow()
  },
)

test('a tier that is no JSON is the caller’s fault, not ours', () => {
  expect(() => judge('"\\x"')).toThrow(expect.objectContaining({ status: 400, code: 'invalid_json' }))
})
