import { expect, test } from 'bun:test'
import { ask } from './ask'

const TOOL = { type: 'function', function: { name: 'f' } }

test.each([
  [undefined, { type: 'ephemeral' }],
  ['5m', { type: 'ephemeral' }],
  ['30m', { type: 'ephemeral', ttl: '1h' }],
  ['12h', { type: 'ephemeral', ttl: '1h' }],
  ['1h', { type: 'ephemeral', ttl: '1h' }],
])('a breakpoint that keeps for %s marks its block', (ttl, mark) => {
  const part = { type: 'text', text: 'long', prompt_cache_breakpoint: { mode: 'explicit', ttl } }
  const { body } = ask({ messages: [{ role: 'user', content: [part, { type: 'text', text: 'short' }] }] })
  expect(body.messages[0].content).toEqual([
    { type: 'text', text: 'long', cache_control: mark },
    { type: 'text', text: 'short' },
  ])
})

test('system, images, results and tools take marks', () => {
  const cache_control = { type: 'ephemeral' }
  const url = 'https://example.com/a.png'
  const { body } = ask({
    tools: [{ ...TOOL, cache_control }],
    messages: [
      { role: 'system', content: [{ type: 'text', text: 's', cache_control }] },
      { role: 'user', content: [{ type: 'image_url', image_url: { url }, cache_control }] },
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'r', cache_control }] },
    ],
  })
  expect(body.tools[0].cache_control).toEqual(cache_control)
  expect(body.system[0].cache_control).toEqual(cache_control)
  expect(body.messages[0].content[0].cache_control).toEqual(cache_control)
  expect(body.messages[2].content[0]).toEqual({
    type: 'tool_result',
    tool_use_id: 'a',
    content: [{ type: 'text', text: 'r' }],
    cache_control,
  })
})

test.each([
  [{ cache_control: { type: 'ephemeral', ttl: '1h' } }, { type: 'ephemeral', ttl: '1h' }],
  [{ prompt_cache_options: { mode: 'implicit' } }, { type: 'ephemeral' }],
  [{ prompt_cache_options: { mode: 'implicit', ttl: '30m' } }, { type: 'ephemeral', ttl: '1h' }],
  [{ prompt_cache_options: { mode: 'explicit' } }, undefined],
])('%j marks the request as a whole with %j', (request, mark) => {
  const { body, dropped } = ask(request)
  expect([body.cache_control, dropped]).toEqual([mark, []])
})
