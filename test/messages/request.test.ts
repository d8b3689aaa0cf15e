import { expect, test } from 'bun:test'
import { readMessagesRequest } from '../../src/messages/request'

const HELLO = [{ role: 'user', content: 'Hello' }]
const BASE = { model: 'claude', max_tokens: 100, messages: HELLO }

function read(request: object | string, needsMaxTokens = true) {
  const bytes = Buffer.from(typeof request === 'string' ? request : JSON.stringify(request))
  return readMessagesRequest({ bytes, length: bytes.length, betas: 'b-1' }, needsMaxTokens)
}

test('says what is asked for, and keeps the bytes', () => {
  const asked = read({ ...BASE, stream: true, temperature: 0.5, tools: [{ name: 'f' }, { name: 'g' }] })
  expect(asked).toMatchObject({ model: 'claude', stream: true, betas: 'b-1' })
  expect(asked.shape).toMatchObject({ messages: 1, tools: 2, images: 0, maxTokens: 100, temperature: 0.5 })
  const { start, end } = asked.modelSpan
  expect(Buffer.from(asked.body.subarray(start, end)).toString()).toBe('"claude"')
})

test('counts what is shown, also within a result, whatever comes first in a block', () => {
  const image = { source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(100) }, type: 'image' }
  const document = { type: 'document', source: { type: 'text', data: 'x'.repeat(50) } }
  const content = [image, { type: 'tool_result', tool_use_id: 'a', content: [image, document] }]
  const asked = read({ ...BASE, messages: [{ role: 'user', content }] })
  expect(asked.shape.images).toBe(2)
  expect(asked.media.imageBytes).toBeGreaterThan(200)
  expect(asked.media.fileBytes).toBeGreaterThan(50)
})

test.each([
  [{ tools: [] }, true, false],
  [{ tool_choice: { type: 'none' } }, true, false],
  [{ messages: [{ role: 'assistant', content: [{ type: 'tool_use', input: {} }] }] }, true, false],
  [{ messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f' }] }] }, true, false],
  [{ messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] }] }, true, false],
  [{ output_config: { format: { type: 'json_schema', schema: {} } } }, false, true],
  [{ output_config: { effort: 'low' } }, false, false],
  [{ messages: [{ role: 'user', content: 'tool_use and a json_schema' }] }, false, false],
])('a request with %j speaks of tools: %p, of a schema: %p', (members, tools, schema) => {
  expect(read({ ...BASE, ...members }).mentions).toEqual({ tools, schema })
})

test.each([
  ['[]', undefined, 'invalid_json'],
  ['{"model":"m"', undefined, 'invalid_json'],
  ['{"model":"m","model":"n"}', 'model', 'duplicate_key'],
  [{ max_tokens: 1, messages: HELLO }, 'model', 'missing_required_parameter'],
  [{ ...BASE, model: 7 }, 'model', 'invalid_type'],
  [{ model: 'm', max_tokens: 1 }, 'messages', 'missing_required_parameter'],
  [{ ...BASE, messages: [] }, 'messages', 'empty_array'],
  [{ ...BASE, messages: {} }, 'messages', 'invalid_type'],
  [{ ...BASE, messages: ['x'] }, 'messages[0]', 'invalid_type'],
  [{ model: 'm', messages: HELLO }, 'max_tokens', 'missing_required_parameter'],
  [{ ...BASE, max_tokens: -1 }, 'max_tokens', 'integer_below_min_value'],
  [{ ...BASE, stream: 'yes' }, 'stream', 'invalid_type'],
  [{ ...BASE, temperature: 2 }, 'temperature', 'decimal_above_max_value'],
  [{ ...BASE, base_url: 'http://x' }, 'base_url', 'unknown_parameter'],
  [{ ...BASE, tools: [7] }, 'tools[0]', 'invalid_type'],
  // what costs more than the price that is known
  [{ ...BASE, speed: 'fast' }, 'speed', 'unsupported_parameter'],
  [{ ...BASE, inference_geo: 'us' }, 'inference_geo', 'unsupported_parameter'],
  [{ ...BASE, fallbacks: [{ model: 'dear' }] }, 'fallbacks', 'unsupported_parameter'],
  [
    {
      ...BASE,
      context_management: { edits: [{ type: 'clear_tool_uses_20250919' }, { type: 'compact_20260112' }] },
    },
    'context_management.edits[1].type',
    'unsupported_parameter',
  ],
  [
    { ...BASE, tools: [{ type: 'web_search_20250305', name: 'w' }] },
    'tools[0].type',
    'unsupported_parameter',
  ],
])('%j is refused at %s', (request, param, code) => {
  expect(() => read(request as object)).toThrow(
    expect.objectContaining({ code, ...(param && { param }), status: 400 }),
  )
})

test('a tool’s name that is spelt in escapes is the same name', () => {
  const spelt = [...'code_execution_20250522'].map(letter => `\\u00${letter.charCodeAt(0).toString(16)}`)
  const tools = `[{"type":"${spelt.join('')}","name":"c"}]`
  const text = JSON.stringify({ ...BASE, tools: 0 }).replace('"tools":0', `"tools":${tools}`)
  const bytes = Buffer.from(text)
  expect(() => readMessagesRequest({ bytes, length: bytes.length, betas: null })).toThrow(
    expect.objectContaining({ param: 'tools[0].type' }),
  )
})

test('the ordinary speed and place are taken; counting needs no bound', () => {
  expect(read({ ...BASE, speed: 'standard', inference_geo: 'global' }).model).toBe('claude')
  expect(read({ model: 'm', messages: HELLO }, false).shape.maxTokens).toBeNull()
})
