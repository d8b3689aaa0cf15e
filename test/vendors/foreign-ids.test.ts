import { expect, test } from 'bun:test'
import { VENDORS } from '../../src/catalog/vendors'
import { Pieces } from '../../src/lib/pieces'
import { adapterFor } from '../../src/vendors/adapter'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../src/vendors/vendor'
import { readChatRequest } from '../../src/wire/chat-request'
import { readChatBody } from '../../src/wire/read-chat-body'
import { ceiling } from './ceiling'

/*
 * A conversation may go on at another vendor, whose rule for the ids of calls is another: whatever an id was, the call and its
 * result name each other, in words that the vendor takes, and two calls stay two.
 */

/** As each vendor of ours makes them, and as nobody should. */
const FOREIGN = [
  'call_9Hx0SoQ2gVRm3l4kQ8Bz7aYd',
  'toolu_vrtx_01PKrjavVyDh3fufyVCkCJ49',
  'tooluse_kZJMlvQmRJ6eAyJE5GIl7Q',
  'best_language_to_learn_wgdyg5frjc39',
  'functions.get_weather:0',
  'D681PevKs',
  'D681PevK',
  'chatcmpl-tool-0e2c4f1b3a5d4f6c8e9a7b6c5d4e3f21',
  'call|fc_68af4030592c81938ec0a5fbab4a3e9f',
  'chatcmpl-tool-0e2c4f1b3a5d4f6c8e9a',
  'ein Aufruf “ü”',
  'x'.repeat(200),
  '7',
]

/** Where a vendor is stricter than any text. */
const RULES: Record<string, RegExp> = {
  anthropic: /^[a-zA-Z0-9_-]+$/,
  bedrock: /^[a-zA-Z0-9_-]{1,64}$/,
  mistral: /^[a-zA-Z0-9]{9}$/,
  vertex: /^[a-zA-Z0-9_-]+$/,
  openai: /^.{1,40}$/s,
  azure: /^.{1,40}$/s,
  openrouter: /^.{1,40}$/s,
  'openai-responses': /^.{1,64}$/s,
}
/** Where whose model it is decides how a vendor is asked; Claude is, at Google's cloud, as at Anthropic. */
const MODELS: Record<string, string> = {
  vertex: 'claude-sonnet-4-5@20250929',
  bedrock: 'amazon.nova-pro-v1:0',
}

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

const functionOf = {
  type: 'function',
  function: { name: 'f', parameters: { type: 'object', properties: {} } },
}
const messages = [
  { role: 'user', content: 'Hi' },
  {
    role: 'assistant',
    content: null,
    tool_calls: FOREIGN.map(id => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
  },
  ...FOREIGN.map((id, at) => ({ role: 'tool', tool_call_id: id, content: `result ${at}` })),
]

/** Everywhere that a request says an id: of a call, and of a result, in their order. */
const CALL_IDS = [
  /"id":"([^"]*)","(?:type|index)":"?(?:function|tool_use|\d)/g,
  /"type":"tool_use","id":"([^"]*)"/g,
  /"toolUse":\{"toolUseId":"([^"]*)"/g,
  /"functionCall":\{"id":"([^"]*)"/g,
  /"type":"function_call","call_id":"([^"]*)"/g,
]
const RESULT_IDS = [
  /"tool_call_id":"([^"]*)"/g,
  /"tool_use_id":"([^"]*)"/g,
  /"toolResult":\{"toolUseId":"([^"]*)"/g,
  /"functionResponse":\{"id":"([^"]*)"/g,
  /"type":"function_call_output","call_id":"([^"]*)"/g,
]
const idsIn = (body: string, patterns: RegExp[]) =>
  patterns.flatMap(pattern => [...body.matchAll(pattern)].map(([, id]) => id!))

const chat = Buffer.from(JSON.stringify({ model: 'm', messages, tools: [functionOf] }))

/** What a vendor is sent for the history; the model is one that has tools. */
function sentTo(vendor: Vendor, endpoints: string[]): string {
  const { translation, chat: pass } = adapterFor(vendor, endpoints)!
  const model = MODELS[vendor.name] ?? 'some-model'
  if (translation) {
    const target = {
      vendor,
      model,
      maxOutputTokens: 1_000,
      capabilities: new Set(['tools', 'parallel_tools']),
      ceiling,
    }
    return Buffer.from(translation.request(readChatBody(chat), target).body).toString()
  }
  const { body } = pass(readChatRequest(chat), vendor, model)
  return Buffer.from(body instanceof Pieces ? body.join() : body).toString()
}

const CHATS = ['chat.completions']
// Perplexity has no tools.
const accounts = VENDORS.map(accountOf).filter(
  account => account.name !== 'perplexity' && adapterFor(account, CHATS) !== undefined,
)
const openai = accounts.find(({ name }) => name === 'openai')!

test.each([
  ...accounts.map(account => [account.name, account, CHATS] as const),
  ['openai-responses', openai, ['responses']] as const,
])('%s takes the calls of every other vendor’s history', (name, vendor, endpoints) => {
  const body = sentTo(vendor, [...endpoints])
  const calls = idsIn(body, CALL_IDS)
  expect(calls).toHaveLength(FOREIGN.length)
  expect(new Set(calls).size).toBe(FOREIGN.length)
  expect(idsIn(body, RESULT_IDS)).toEqual(calls)
  const rule = RULES[name] ?? /./
  for (const id of calls) expect(id).toMatch(rule)
  // Whoever takes the caller's own gets it.
  expect(FOREIGN.filter((id, at) => rule.test(id) && calls[at] !== id)).toEqual([])
})

test('a history without long ids passes to OpenAI as it is, and one with them to whoever takes them', () => {
  const told = (vendor: Vendor, id: string) => {
    const call = { id, type: 'function', function: { name: 'f', arguments: '{ "id" : 1 }' } }
    const history = [
      { role: 'assistant', content: 'tool_call_id', tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: 'x' },
    ]
    const written = JSON.stringify({ model: 'some-model', messages: history }, null, 1)
    const { body } = adapterFor(vendor, CHATS)!.chat(
      readChatRequest(Buffer.from(written)),
      vendor,
      'some-model',
    )
    return [Buffer.from(body instanceof Pieces ? body.join() : body).toString(), written] as const
  }
  const vllm = accounts.find(({ name }) => name === 'vllm')!
  const [short, asShort] = told(openai, 'ü'.repeat(40))
  expect(short).toBe(asShort)
  const long = 'chatcmpl-tool-0123456789abcdef0123456789abcdef'
  const [passed, asLong] = told(vllm, long)
  expect(passed).toBe(asLong)
  const [shortened] = told(openai, long)
  expect(shortened.replaceAll(/call_[0-9a-f]{24}/g, long)).toBe(asLong)
})
