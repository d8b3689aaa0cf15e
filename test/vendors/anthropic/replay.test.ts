import { expect, test } from 'bun:test'
import { ask } from './ask'

const SIGNED = { type: 'reasoning.text', format: 'anthropic-claude-v1', text: 'Hm.', signature: 's1' }
const SEALED = { type: 'reasoning.encrypted', format: 'anthropic-claude-v1', data: 'xx' }
const FOREIGN = { type: 'reasoning.text', format: 'google-gemini-v1', text: 'Hm.', signature: 's2' }
const CALL = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }
const TOOLS = [{ type: 'function', function: { name: 'f' } }]

const history = (details: unknown[] | undefined) => [
  { role: 'user', content: 'go' },
  {
    role: 'assistant',
    content: 'ok',
    tool_calls: [CALL],
    reasoning_content: 'Hm.',
    reasoning_details: details,
  },
  { role: 'tool', tool_call_id: 'a', content: 'x' },
]
const types = (body: { messages: { content: { type: string }[] }[] }) =>
  body.messages[1]!.content.map(({ type }) => type)

test('thoughts that are handed back stand before what they led to, with their signatures', () => {
  const { body } = ask(
    { messages: history([SIGNED, SEALED]), tools: TOOLS, reasoning_effort: 'high' },
    'claude-opus-4-5',
  )
  expect(body.messages[1].content.slice(0, 2)).toEqual([
    { type: 'thinking', thinking: 'Hm.', signature: 's1' },
    { type: 'redacted_thinking', data: 'xx' },
  ])
  expect(types(body)).toEqual(['thinking', 'redacted_thinking', 'text', 'tool_use'])
  expect(body.thinking.type).toBe('enabled')
})

test('a thought that came in pieces of one index is one thought', () => {
  const piece = (members: object) => ({ type: 'reasoning.text', format: 'anthropic-claude-v1', ...members })
  const details = [
    piece({ index: 0, text: 'H' }),
    piece({ index: 0, text: 'm.' }),
    piece({ index: 0, signature: 's1' }),
    piece({ index: 1, text: 'So.', signature: 's2' }),
  ]
  const { body } = ask(
    { messages: history(details), tools: TOOLS, reasoning_effort: 'high' },
    'claude-opus-4-7',
  )
  expect(body.messages[1].content.slice(0, 2)).toEqual([
    { type: 'thinking', thinking: 'Hm.', signature: 's1' },
    { type: 'thinking', thinking: 'So.', signature: 's2' },
  ])
})

test('what other vendors signed, or nobody did, is not handed back', () => {
  const details = [FOREIGN, { type: 'reasoning.text', text: 'Hm.' }]
  const { body } = ask(
    { messages: history(details), tools: TOOLS, reasoning_effort: 'high' },
    'claude-opus-4-7',
  )
  expect(types(body)).toEqual(['text', 'tool_use'])
})

test('a model with a budget does not think on where the thoughts before a result are lost, and that is said', () => {
  const request = { messages: history(undefined), tools: TOOLS, reasoning_effort: 'high' }
  const old = ask(request, 'claude-opus-4-5')
  expect([old.body.thinking, old.dropped]).toEqual([undefined, ['reasoning_effort']])
  const adaptive = ask(request, 'claude-opus-4-7')
  expect([adaptive.body.thinking.type, adaptive.dropped]).toEqual(['adaptive', []])
  const later = [
    ...history(undefined),
    { role: 'assistant', content: 'done' },
    { role: 'user', content: 'more' },
  ]
  expect(ask({ ...request, messages: later }, 'claude-opus-4-5').body.thinking.type).toBe('enabled')
})

test('a request that does not think hands no thoughts back', () => {
  const { body } = ask({ messages: history([SIGNED]), tools: TOOLS }, 'claude-opus-4-5')
  expect(types(body)).toEqual(['text', 'tool_use'])
})

test.each(['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-2'])(
  'a thought that is bound to what stood before it may be left out by %s',
  model => {
    const { body, headers } = ask({ messages: history([SIGNED]), tools: TOOLS }, model)
    expect(body.thinking).toMatchObject({ block_binding: { prefix_mismatch_behavior: 'drop_block' } })
    expect(headers['anthropic-beta']).toBe('thinking-binding-controls-2026-08-01')
  },
)

test('without thoughts to hand back, and in models that bind none, nothing is said of it', () => {
  const fresh = ask({}, 'claude-opus-5-5')
  expect([fresh.body.thinking, fresh.headers['anthropic-beta']]).toEqual([
    { type: 'adaptive', display: 'summarized' },
    undefined,
  ])
  const free = ask({ messages: history([SIGNED]), tools: TOOLS, reasoning_effort: 'low' }, 'claude-opus-4-7')
  expect(free.body.thinking).not.toHaveProperty('block_binding')
})
