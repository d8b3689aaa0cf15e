import { expect, test } from 'bun:test'
import { adapterOf } from '../../../src/vendors/adapter'
import { CONFORMING } from '../../../src/vendors/compatible/conforming'
import { emulating } from '../../../src/vendors/emulation/emulating'
import { needsOf } from '../../../src/vendors/emulation/needs'
import type { Translation } from '../../../src/vendors/translation'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

const ACCOUNT: Vendor = {
  name: 'acme',
  dialect: 'openai',
  conforms: true,
  baseUrl: 'https://vendor.example/v1',
  credential: 'secret',
  headers: {},
  onDisconnect: 'abort',
  timeouts: DEFAULT_TIMEOUTS,
}

interface Options {
  vendor?: Partial<Vendor>
  capabilities?: string[]
}

/** The emulation of a request at a model that can do so much; undefined if it needs none. */
function emulationOf(members: object, { vendor = {}, capabilities = ['streaming'] }: Options = {}) {
  const account = { ...ACCOUNT, ...vendor }
  const translation: Translation = adapterOf(account)?.translation ?? CONFORMING
  const chat = readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages: [HELLO], ...members })))
  const can = new Set(capabilities)
  const target = { vendor: account, model: 'x', maxOutputTokens: null, capabilities: can, ceiling }
  const needs = needsOf(chat, translation, can)
  if (!needs) return undefined
  const emulation = emulating(chat, needs, translation, target, 'k7f2')
  const { body, dropped } = emulation.request(chat, target)
  return { emulation, dropped, sent: JSON.parse(Buffer.from(body).toString()) as Sent }
}

interface Sent {
  messages: { role: string; content: string | { type: string; text?: string }[] }[]
  response_format?: { type: string; json_schema?: { schema: Schema } }
  [member: string]: unknown
}
interface Schema {
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  items?: Schema
  const?: string
  [member: string]: unknown
}

const HELLO = { role: 'user', content: 'Hi' }
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const FORMAT = { type: 'json_schema', json_schema: { name: 'n', schema } }
const tool = (name: string, parameters: object = schema) => ({
  type: 'function',
  function: { name, description: `Does ${name}.`, parameters },
})
const TOOLS = { tools: [tool('f'), tool('g')] }

/** By what each of these is brought about. */
const rungs = (members: object, options?: Options) =>
  emulationOf(members, options)?.emulation.emulated ?? 'none'

test('a model that has it, that nobody told of, or that is asked for nothing of the kind, needs none', () => {
  expect(rungs({ ...TOOLS, response_format: FORMAT }, { capabilities: ['tools', 'json_schema'] })).toBe(
    'none',
  )
  expect(rungs({ ...TOOLS, response_format: FORMAT }, { capabilities: [] })).toBe('none')
  expect(rungs({ response_format: { type: 'json_object' } })).toBe('none')
})

test('the highest rung that the model stands on is taken', () => {
  expect(rungs(TOOLS, { capabilities: ['json_schema', 'json_mode'] })).toEqual(['tools=json_schema'])
  expect(rungs(TOOLS, { capabilities: ['json_mode'] })).toEqual(['tools=json_mode'])
  expect(rungs(TOOLS)).toEqual(['tools=prompt'])
  const asked = { response_format: FORMAT }
  expect(rungs(asked, { capabilities: ['tools', 'json_mode'] })).toEqual(['response_format=tool'])
  expect(rungs(asked, { capabilities: ['tools', 'json_mode', 'reasoning'] })).toEqual([
    'response_format=json_mode',
  ])
  expect(rungs({ ...asked, ...TOOLS }, { capabilities: ['tools', 'json_mode'] })).toEqual([
    'response_format=prompt',
  ])
  expect(rungs({ ...asked, ...TOOLS }, { capabilities: ['json_mode'] })).toEqual([
    'tools=json_mode',
    'response_format=json_mode',
  ])
})

test('a schema of no object is asked for in words: neither a tool nor JSON mode gives anything else', () => {
  const list = { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'array' } } }
  expect(rungs({ response_format: list }, { capabilities: ['tools', 'json_mode'] })).toEqual([
    'response_format=prompt',
  ])
  const { emulation } = emulationOf({ response_format: list })!
  expect(emulation.answer(answered('It is [1, 2].'))).toContainEqual({
    kind: 'text',
    choice: 0,
    text: '[1, 2]',
  })
})

test('what a vendor lacks its models lack, whatever is said of them', () => {
  const capabilities = ['tools', 'json_mode', 'json_schema', 'reasoning']
  const family = (name: string): Options => ({
    vendor: { name, dialect: 'openai-compatible', conforms: false },
    capabilities,
  })
  expect(rungs({ response_format: FORMAT }, family('deepseek'))).toEqual(['response_format=json_mode'])
  expect(rungs({ response_format: FORMAT }, { ...family('deepseek'), capabilities: [] })).toEqual([
    'response_format=prompt',
  ])
  expect(rungs(TOOLS, family('perplexity'))).toEqual(['tools=json_schema'])
  expect(rungs({ response_format: FORMAT }, family('groq'))).toBe('none')
})

test('a dialect that holds its models to schemas by itself does so', () => {
  const bedrock: Options = {
    vendor: {
      name: 'bedrock',
      dialect: 'bedrock',
      aws: { region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' },
    },
    capabilities: ['tools'],
  }
  expect(rungs({ response_format: FORMAT }, bedrock)).toEqual(['response_format=vendor'])
})

const envelopeOf = (members: object, capabilities = ['json_schema']) =>
  emulationOf(members, { capabilities })?.sent.response_format?.json_schema?.schema

test('the envelope has words or calls, each tool with its own arguments', () => {
  const [words, calls] = envelopeOf(TOOLS)?.anyOf ?? []
  expect(words?.properties).toEqual({ type: { type: 'string', const: 'text' }, text: { type: 'string' } })
  expect(Object.keys(calls?.properties ?? {})).toEqual(['type', 'calls'])
  const items = calls?.properties?.calls?.items?.anyOf ?? []
  expect(items.map(({ properties }) => [properties?.name?.const, properties?.arguments])).toEqual([
    ['f', schema],
    ['g', schema],
  ])
})

test('the envelope of one that must call has calls alone, of one call has one, of a named tool that one', () => {
  const required = envelopeOf({ ...TOOLS, tool_choice: 'required', parallel_tool_calls: false })
  expect(required?.properties?.type?.const).toBe('tool_calls')
  expect(required?.properties?.calls?.maxItems).toBe(1)
  const named = envelopeOf({ ...TOOLS, tool_choice: { type: 'function', function: { name: 'g' } } })
  expect(named?.properties?.calls?.items?.properties?.name?.const).toBe('g')
  const allowed = envelopeOf({
    ...TOOLS,
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
    },
  })
  expect(allowed?.anyOf?.[1]?.properties?.calls?.items?.properties?.name?.const).toBe('f')
})

test('a schema that refers to itself is not put where its references mean something else', () => {
  const recursive = { type: 'object', properties: { next: { $ref: '#' } } }
  const envelope = envelopeOf({ tools: [tool('f', recursive)], tool_choice: 'required' })
  expect(envelope?.properties?.calls?.items?.properties?.arguments).toEqual({ type: 'object' })
})

test('beside tools an answer that calls none is the JSON that was asked for', () => {
  const members = { ...TOOLS, response_format: FORMAT }
  expect(envelopeOf(members)?.anyOf?.[0]?.properties).toEqual({
    type: { type: 'string', const: 'json' },
    json: schema,
  })
  const { emulation } = emulationOf(members, { capabilities: ['json_schema'] })!
  const events = emulation.answer(answered('{"type":"json","json":{"a":"x"}}'))
  expect(events).toContainEqual({ kind: 'text', choice: 0, text: '{"a":"x"}' })
})

test('none offers nothing, and leaves a schema that the model has as it is', () => {
  const members = { ...TOOLS, tool_choice: 'none', response_format: FORMAT }
  const asked = emulationOf(members, { capabilities: ['json_schema'] })
  expect(asked?.sent).toEqual({
    model: 'x',
    messages: [HELLO],
    response_format: FORMAT,
  })
  expect(asked?.emulation.emulated).toEqual([])
})

test('a system’s words stand before what the model is told besides; the caller’s own are not changed', () => {
  const system = { role: 'system', content: 'Be brief.' }
  const { sent } = emulationOf({ messages: [system, HELLO], ...TOOLS })!
  expect(sent.messages).toHaveLength(2)
  expect(sent.messages[0]?.content).toStartWith('Be brief.\n\nYou can call these tools.')
  expect(emulationOf({ messages: [HELLO], ...TOOLS })?.sent.messages.map(({ role }) => role)).toEqual([
    'system',
    'user',
  ])
})

test('a history with calls is told in the form in which calls are made', () => {
  const called = {
    role: 'assistant',
    content: 'Hm.',
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"a": 12345678901234567890}' } },
      { id: 'b', type: 'custom', custom: { name: 'run', input: 'ls' } },
    ],
  }
  const messages = [
    HELLO,
    called,
    { role: 'tool', tool_call_id: 'a', content: 'one' },
    { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'two' }] },
    HELLO,
    { role: 'assistant', content: 'Done.' },
    HELLO,
  ]
  const tagged = emulationOf({ messages, ...TOOLS })!.sent.messages.slice(1)
  expect(tagged.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user'])
  expect(tagged[1]?.content).toBe(
    'Hm.\n\n<tool_call:k7f2>{"name":"f","arguments":{"a": 12345678901234567890}}</tool_call:k7f2>\n' +
      '<tool_call:k7f2>{"name":"run","arguments":{"input":"ls"}}</tool_call:k7f2>',
  )
  expect(tagged[2]?.content).toBe(
    '<tool_result:k7f2 name="f" id="a">\none\n</tool_result:k7f2>\n\n' +
      '<tool_result:k7f2 name="run" id="b">\ntwo\n</tool_result:k7f2>\n\nHi',
  )
  const enveloped = emulationOf({ messages, ...TOOLS }, { capabilities: ['json_mode'] })!.sent.messages
  expect(enveloped.filter(({ role }) => role === 'assistant').map(({ content }) => content)).toEqual([
    'Hm.\n\n{"type":"tool_calls","calls":[{"name":"f","arguments":{"a": 12345678901234567890}},{"name":"run","arguments":{"input":"ls"}}]}',
    '{"type":"text","text":"Done."}',
  ])
})

test('what has no meaning there is named', () => {
  const custom = { type: 'custom', custom: { name: 'run', format: { type: 'text' } } }
  const { dropped, sent } = emulationOf({ tools: [custom], logprobs: true, top_logprobs: 2 })!
  expect(dropped).toEqual(['logprobs', 'top_logprobs', 'tools.custom.format'])
  expect(sent).not.toHaveProperty('logprobs')
})

function answered(content: string, finish = 'stop') {
  return { choices: [{ index: 0, message: { content }, finish_reason: finish }] }
}

test('what is asked again has what was said and what is wrong with it, and is not asked a third time', () => {
  const { emulation } = emulationOf({ response_format: FORMAT })!
  const body = answered('{"a":1}')
  expect(emulation.answer(body).some(({ kind }) => kind === 'finish')).toBe(false)
  const round = emulation.again?.(body)
  const sent = JSON.parse(Buffer.from(round!.request.body).toString()) as Sent
  expect(sent.messages.slice(-2)).toEqual([
    { role: 'assistant', content: '{"a":1}' },
    { role: 'user', content: expect.stringMatching(/^Your last answer cannot be used: at a: .*string/) },
  ])
  expect(round?.translation.again?.(body)).toBeUndefined()
  expect(round?.translation.answer(body).map(({ kind }) => kind)).toEqual(['text', 'finish'])
  expect(emulation.again?.(answered('{"a":"x"}'))).toBeUndefined()
})
