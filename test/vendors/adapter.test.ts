import { expect, test } from 'bun:test'
import { adapterOf } from '../../src/vendors/adapter'
import { readChatBody } from '../../src/wire/read-chat-body'
import { ceiling } from './ceiling'
import { ACCOUNT } from './compatible/read'

const body = readChatBody(Buffer.from('{"model":"m","seed":4,"messages":[{"role":"user","content":"Hi"}]}'))

/** What an account of this name, and of this kin, calls the seed. */
function seedOf(members: { name: string; kin?: string }): string[] {
  const vendor = { ...ACCOUNT, ...members }
  const target = { vendor, model: 'm', maxOutputTokens: null, capabilities: new Set<string>(), ceiling }
  const { body: sent } = adapterOf(vendor)!.translation!.request(body, target)
  return Object.keys(JSON.parse(Buffer.from(sent as Uint8Array).toString())).filter(name => /seed/.test(name))
}

test('an account deviates as the vendor of its name, or as the one that it names, or not at all', () => {
  expect(seedOf({ name: 'mistral' })).toEqual(['random_seed'])
  expect(seedOf({ name: 'mine', kin: 'mistral' })).toEqual(['random_seed'])
  expect(seedOf({ name: 'mine' })).toEqual(['seed'])
  expect(seedOf({ name: 'mistral', kin: 'together' })).toEqual(['seed'])
})

test('OpenAI’s own dialect is not translated, and a vendor without chats cannot be called', () => {
  expect(adapterOf({ ...ACCOUNT, dialect: 'openai' })?.translation).toBeUndefined()
  expect(adapterOf({ ...ACCOUNT, name: 'voyage' })).toBeUndefined()
})
