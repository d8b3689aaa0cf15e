import { expect, test } from 'bun:test'
import { VENDORS } from '../../../src/catalog/vendors'
import { adapterOf } from '../../../src/vendors/adapter'
import { CONFORMING } from '../../../src/vendors/compatible/conforming'
import { emulating } from '../../../src/vendors/emulation/emulating'
import { needsOf } from '../../../src/vendors/emulation/needs'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const FORMAT = { type: 'json_schema', json_schema: { name: 'n', strict: true, schema } }
const F = { type: 'function', function: { name: 'f', description: 'Does f.', parameters: schema } }
const CALLED = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":"x"}' } }],
  },
  { role: 'tool', tool_call_id: 'a', content: 'It gave 7.' },
]
/** All that can be said of tools and schemas. */
const REQUESTS: Record<string, object> = {
  tools: { tools: [F] },
  history: { tools: [F], messages: CALLED },
  'history alone': { messages: CALLED },
  none: { tools: [F], tool_choice: 'none', messages: CALLED },
  required: { tools: [F], tool_choice: 'required', parallel_tool_calls: false },
  named: {
    tools: [F],
    tool_choice: { type: 'function', function: { name: 'f' } },
    parallel_tool_calls: true,
  },
  functions: { functions: [F.function], function_call: 'auto' },
  custom: { tools: [{ type: 'custom', custom: { name: 'run' } }] },
  schema: { response_format: FORMAT },
  both: { tools: [F], response_format: FORMAT },
}
const CAPABILITIES = [
  ['streaming'],
  ['streaming', 'json_mode'],
  ['streaming', 'json_mode', 'json_schema'],
  ['streaming', 'tools'],
  ['streaming', 'tools', 'json_mode', 'reasoning'],
]

function accountOf({ keyVariable: _, ...facts }: (typeof VENDORS)[number]): Vendor {
  return {
    ...facts,
    credential: 'secret',
    headers: {},
    timeouts: DEFAULT_TIMEOUTS,
    aws: { region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' },
    google: { project: 'p', location: 'europe-west4' },
  }
}

const callable = VENDORS.map(accountOf).filter(account => adapterOf(account) !== undefined)

test.each(callable.map(account => [account.name, account] as const))(
  '%s takes whatever a model has to be brought to, and is told of it',
  (_, vendor) => {
    const translation = adapterOf(vendor)?.translation ?? CONFORMING
    for (const [name, members] of Object.entries(REQUESTS))
      for (const capabilities of CAPABILITIES) {
        const messages = [{ role: 'user', content: 'Hi' }]
        const chat = readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages, ...members })))
        const can = new Set(capabilities)
        const needs = needsOf(chat, translation, can)
        if (!needs) continue
        const target = { vendor, model: 'some-model', maxOutputTokens: 1_000, capabilities: can, ceiling }
        const emulation = emulating(chat, needs, translation, target, 'k7f2')
        const sent = Buffer.from(emulation.request(chat, target).body).toString()
        const about = `${name} by ${emulation.emulated.join()}`
        // Whatever its form, what is offered and what was called stands in it.
        if (needs.tools && chat.tools && name !== 'none')
          expect([about, sent.includes('You can call')]).toEqual([about, true])
        if ('messages' in members && needs.tools)
          expect([about, sent.includes('It gave 7.')]).toEqual([about, true])
        if (chat.responseFormat) expect([about, /required\\?"/.test(sent)]).toEqual([about, true])
        if (needs.tools)
          expect([about, /"tool_calls":|"role":"tool"|toolUse|functionCall"/.test(sent)]).toEqual([
            about,
            false,
          ])
      }
  },
)
