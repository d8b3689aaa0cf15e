import { expect, test } from 'bun:test'
import { ask } from './ask'

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }
const SUMMARY = { type: 'adaptive', display: 'summarized' }

test.each([
  // up to 4.5: a budget of the model's longest answer, on top of what the caller bounds
  ['claude-opus-4-5', 'low', { type: 'enabled', budget_tokens: 6400 }, undefined],
  ['claude-opus-4-5', 'medium', { type: 'enabled', budget_tokens: 19_200 }, undefined],
  ['claude-opus-4-5', 'high', { type: 'enabled', budget_tokens: 38_400 }, undefined],
  ['claude-opus-4-5', 'xhigh', { type: 'enabled', budget_tokens: 57_600 }, undefined],
  ['claude-opus-4-5', 'none', undefined, undefined],
  ['claude-opus-4-5', undefined, undefined, undefined],
  // 4.6: adaptive, `xhigh` is not known
  ['claude-opus-4-6', 'minimal', { type: 'adaptive' }, 'low'],
  ['claude-opus-4-6', 'xhigh', { type: 'adaptive' }, 'high'],
  ['claude-opus-4-6', 'max', { type: 'adaptive' }, 'max'],
  ['claude-sonnet-4-6', 'none', { type: 'disabled' }, undefined],
  // from 4.7 on the thoughts are hidden unless they are asked for, and `none` says nothing
  ['claude-opus-4-7', 'high', SUMMARY, 'high'],
  ['claude-opus-4-7', 'xhigh', SUMMARY, 'xhigh'],
  ['claude-opus-4-8', 'max', SUMMARY, 'max'],
  ['claude-opus-4-8', 'none', undefined, undefined],
  ['claude-opus-4-7', undefined, undefined, undefined],
  // sonnet-5 thinks unless it is told not to
  ['claude-sonnet-5', undefined, SUMMARY, undefined],
  ['claude-sonnet-5', 'none', { type: 'disabled' }, undefined],
  ['claude-opus-5', 'medium', SUMMARY, 'medium'],
  ['claude-opus-5', 'none', { type: 'disabled' }, undefined],
  ['claude-haiku-5-5', 'none', { type: 'disabled' }, undefined],
  // those that always think
  ['claude-opus-5-5', undefined, SUMMARY, undefined],
  ['claude-opus-5-5', 'none', SUMMARY, 'low'],
  ['claude-fable-5-1', 'none', SUMMARY, 'low'],
  ['claude-sonnet-5-5', 'none', { type: 'between_tools' }, undefined],
])('%s with effort %s sends thinking %j and effort %s', (model, effort, thinking, sent) => {
  const { body, dropped } = ask({ reasoning_effort: effort }, model)
  expect([body.thinking, body.output_config?.effort, dropped]).toEqual([thinking, sent, []])
})

test('a small budget is never below what the vendor takes', () => {
  const { body } = ask({ reasoning_effort: 'minimal' }, 'claude-haiku-4-5', { maxOutputTokens: 8192 })
  expect(body.thinking.budget_tokens).toBe(1024)
})

test('the budget comes on top of the caller’s bound, and both stay within the longest answer', () => {
  expect(ask({ reasoning_effort: 'low', max_tokens: 100 }, 'claude-opus-4-5').body.max_tokens).toBe(6500)
  expect(ask({ reasoning_effort: 'high', max_tokens: 60_000 }, 'claude-opus-4-5').body.max_tokens).toBe(
    64_000,
  )
  expect(ask({ reasoning_effort: 'high' }, 'claude-opus-4-5').body.max_tokens).toBe(64_000)
})

test('an effort that is none is refused by name; a model that cannot think says so', () => {
  expect(() => ask({ reasoning_effort: 'extreme' })).toThrow(
    expect.objectContaining({ code: 'invalid_value', param: 'reasoning_effort' }),
  )
  const { body, dropped } = ask({ reasoning_effort: 'high' }, 'claude-3-haiku-20240307')
  expect([body.thinking, dropped]).toEqual([undefined, ['reasoning_effort']])
})

test.each([
  ['claude-opus-4-5', undefined],
  ['claude-opus-4-6', { type: 'disabled' }],
  ['claude-opus-4-7', undefined],
  ['claude-sonnet-5', { type: 'disabled' }],
])('%s makes a forced call without thinking', (model, thinking) => {
  const { body, dropped } = ask({ reasoning_effort: 'high', tools: [TOOL], tool_choice: 'required' }, model)
  expect(body.tool_choice).toEqual({ type: 'any' })
  expect([body.thinking, dropped]).toEqual([thinking, ['reasoning_effort']])
})

test('a forced call of a model that always thinks is asked for in words', () => {
  const other = { type: 'function', function: { name: 'g' } }
  const { body, dropped } = ask(
    { tools: [TOOL, other], tool_choice: { type: 'function', function: { name: 'f' } } },
    'claude-opus-5-5',
  )
  expect(body.tool_choice).toEqual({ type: 'auto' })
  expect(body.tools.map(({ name }: { name: string }) => name)).toEqual(['f'])
  expect(body.system).toEqual([{ type: 'text', text: expect.stringContaining('the tool f') }])
  expect([body.thinking, dropped]).toEqual([SUMMARY, []])
})

test('what thinks by default is told not to where a call is forced', () => {
  const { body } = ask({ tools: [TOOL], tool_choice: 'required' }, 'claude-opus-5')
  expect([body.thinking, body.tool_choice]).toEqual([{ type: 'disabled' }, { type: 'any' }])
})

test('Anthropic’s own thinking is taken as it is written', () => {
  const thinking = { type: 'enabled', budget_tokens: 2048 }
  expect(ask({ thinking, reasoning_effort: 'high' }, 'claude-opus-4-5').body.thinking).toEqual(thinking)
})

test.each([
  ['claude-opus-4-7', {}, ['temperature', 'top_p', 'top_k']],
  ['claude-sonnet-5', {}, ['temperature', 'top_p', 'top_k']],
  ['claude-opus-4-5', { temperature: 1, top_k: 5 }, ['top_p']],
  ['claude-opus-4-6', { temperature: 1, top_k: 5 }, ['top_p']],
  ['claude-3-haiku-20240307', { temperature: 1, top_p: 0.9, top_k: 5 }, []],
])('%s samples by %j', (model, members, dropped) => {
  const sent = ask({ temperature: 1.7, top_p: 0.9, top_k: 5 }, model)
  const { temperature, top_p, top_k } = sent.body
  expect(JSON.parse(JSON.stringify({ temperature, top_p, top_k }))).toEqual(members)
  expect(sent.dropped).toEqual(dropped)
})

test('a model that thinks takes no temperature', () => {
  const { body, dropped } = ask({ temperature: 0.5, reasoning_effort: 'low' }, 'claude-opus-4-6')
  expect([body.temperature, dropped]).toEqual([undefined, ['temperature']])
})
