import { expect, test } from 'bun:test'
import { chatOf } from './chat-of'

test('tools and the choice among them', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const tools = [{ name: 'f', description: 'Does.', input_schema: schema }]
  const chat = chatOf({ tools, tool_choice: { type: 'auto', disable_parallel_tool_use: true } })
  expect(chat.tools).toEqual([
    { type: 'function', function: { name: 'f', description: 'Does.', parameters: schema } },
  ])
  expect([chat.tool_choice, chat.parallel_tool_calls]).toEqual(['auto', false])
  const choice = (tool_choice: object) => chatOf({ tools, tool_choice }).tool_choice
  expect(choice({ type: 'any' })).toBe('required')
  expect(choice({ type: 'none' })).toBe('none')
  expect(choice({ type: 'tool', name: 'f' })).toEqual({ type: 'function', function: { name: 'f' } })
})

test('strict is kept where OpenAI can be strict with the schema', () => {
  const closed = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  }
  const strictOf = (input_schema: object) =>
    chatOf({ tools: [{ name: 'f', strict: true, input_schema }] }).tools[0].function.strict
  expect(strictOf(closed)).toBe(true)
  expect(strictOf({ ...closed, required: [] })).toBe(false)
  const format = { type: 'json_schema', schema: { ...closed, required: [] } }
  expect(chatOf({ output_config: { format } }).response_format).toEqual({
    type: 'json_schema',
    json_schema: { name: 'answer', schema: format.schema, strict: false },
  })
})
