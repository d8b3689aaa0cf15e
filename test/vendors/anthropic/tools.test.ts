import { expect, test } from 'bun:test'
import { ask } from './ask'

const PARAMETERS = { type: 'object', properties: { city: { type: 'string', minLength: 1 } } }
const tool = (name: string, members = {}) => ({
  type: 'function',
  function: { name, parameters: PARAMETERS, ...members },
})
const TOOLS = [tool('f'), tool('g')]

test('a function is a tool; one without parameters takes an empty object', () => {
  const { body } = ask({
    tools: [tool('f', { description: 'Does.' }), { type: 'function', function: { name: 'g' } }],
  })
  expect(body.tools).toEqual([
    { name: 'f', description: 'Does.', input_schema: PARAMETERS },
    { name: 'g', input_schema: { type: 'object', properties: {} } },
  ])
  expect(body).not.toHaveProperty('tool_choice')
})

test('parameters are of an object, whatever else they say', () => {
  const { body } = ask({ tools: [tool('f', { parameters: { properties: { a: {} } } })] })
  expect(body.tools[0].input_schema).toEqual({ type: 'object', properties: { a: {} } })
})

test('a strict tool is held to what the vendor can hold it to', () => {
  const { body, dropped } = ask({ tools: [tool('f', { strict: true }), tool('g', { strict: false })] })
  expect(body.tools[0]).toEqual({
    name: 'f',
    strict: true,
    input_schema: {
      type: 'object',
      properties: { city: { type: 'string', description: '{minLength: 1}' } },
      additionalProperties: false,
    },
  })
  expect([body.tools[1], dropped]).toEqual([{ name: 'g', input_schema: PARAMETERS }, []])
})

test('more strict tools than the vendor takes are all free, and that is said', () => {
  const many = Array.from({ length: 21 }, (_, index) => tool(`f${index}`, { strict: true }))
  const { body, dropped } = ask({ tools: many })
  expect(body.tools.some((sent: object) => 'strict' in sent)).toBe(false)
  expect(dropped).toEqual(['tools.function.strict'])
})

test('a custom tool is a function of one text', () => {
  const { body, dropped } = ask({
    tools: [{ type: 'custom', custom: { name: 'run', format: { type: 'text' } } }],
    messages: [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'run', input: 'ls -l' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ],
  })
  expect(body.tools[0].input_schema.required).toEqual(['input'])
  expect(body.messages[1].content[0].input).toEqual({ input: 'ls -l' })
  expect(dropped).toEqual(['tools.custom.format'])
})

test.each([
  ['auto', { type: 'auto' }],
  ['none', { type: 'none' }],
  ['required', { type: 'any' }],
  [
    { type: 'function', function: { name: 'f' } },
    { type: 'tool', name: 'f' },
  ],
])('tool_choice %j becomes %j', (choice, sent) => {
  const { body } = ask({ tools: TOOLS, tool_choice: choice })
  expect(body.tool_choice).toEqual(sent)
  expect(body.tools).toHaveLength(2)
})

test('allowed tools are those that are sent', () => {
  const allowed = (mode: string, name = 'g') => ({
    type: 'allowed_tools',
    allowed_tools: { mode, tools: [{ type: 'function', function: { name } }] },
  })
  const auto = ask({ tools: TOOLS, tool_choice: allowed('auto') }).body
  expect(auto.tools.map(({ name }: { name: string }) => name)).toEqual(['g'])
  expect(auto.tool_choice).toEqual({ type: 'auto' })
  expect(ask({ tools: TOOLS, tool_choice: allowed('required') }).body.tool_choice).toEqual({ type: 'any' })
  expect(() => ask({ tools: TOOLS, tool_choice: allowed('auto', 'h') })).toThrow(
    expect.objectContaining({ code: 'invalid_value', param: 'tool_choice' }),
  )
})

test.each([
  [undefined, { type: 'auto', disable_parallel_tool_use: true }],
  ['required', { type: 'any', disable_parallel_tool_use: true }],
  ['none', { type: 'none' }],
])('one call at a time with tool_choice %j', (choice, sent) => {
  const { body } = ask({ tools: TOOLS, tool_choice: choice, parallel_tool_calls: false })
  expect(body.tool_choice).toEqual(sent)
  expect(ask({ tools: TOOLS, parallel_tool_calls: true }).body).not.toHaveProperty('tool_choice')
})
