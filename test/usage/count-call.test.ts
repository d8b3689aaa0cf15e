import { expect, test } from 'bun:test'
import { countCall } from '../../src/usage/count-call'
import { countText } from '../../src/usage/count-text'

const count = (body: object, texts: string[] = []) => countCall(Buffer.from(JSON.stringify(body)), texts)
const input = (...messages: object[]) => count({ messages }).input

test('a chat is 3 tokens, each message 3 and its role and text', () => {
  expect(input({ role: 'user', content: 'hello world' })).toBe(3 + 3 + 1 + 2)
  expect(input({ role: 'system', content: '2 + 2 = 4' }, { role: 'user', content: 'hello world' })).toBe(
    3 + (3 + 1 + 7) + (3 + 1 + 2),
  )
})

test('a name is one token and itself', () => {
  const plain = input({ role: 'user', content: 'hello world' })
  expect(input({ role: 'user', name: 'hello world', content: 'hello world' })).toBe(plain + 1 + 2)
})

test('no token reaches from a role or a name into the text', () => {
  // `username` alone would be one token.
  expect(input({ role: 'user', content: 'name' })).toBe(3 + 3 + 1 + 1)
})

test('text in parts is counted, pictures, audio and files are not', () => {
  const text = { type: 'text', text: 'hello world' }
  const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(10_000)}` } }
  const audio = { type: 'input_audio', input_audio: { data: 'A'.repeat(10_000), format: 'wav' } }
  const file = { type: 'file', file: { file_data: 'A'.repeat(10_000) } }
  expect(input({ role: 'user', content: [text, picture, audio, file] })).toBe(3 + 3 + 1 + 2)
})

test('what a model said before is counted: its calls, its refusal, its reasoning', () => {
  const call = { name: 'weather', arguments: '{"city":"Oslo"}' }
  const said = input({
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: call }],
  })
  expect(said).toBe(3 + 3 + 1 + countText(JSON.stringify(call)))
  expect(input({ role: 'assistant', refusal: 'hello world' })).toBe(3 + 3 + 1 + 2)
  expect(input({ role: 'assistant', reasoning_content: 'hello world', content: 'hello world' })).toBe(
    3 + 3 + 1 + 4,
  )
})

test('tools are counted as they are written', () => {
  const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }]
  const messages = [{ role: 'user', content: 'hello world' }]
  expect(count({ messages, tools }).input).toBe(9 + countText(JSON.stringify(tools)))
})

test('the output is the sum of its texts, each whole', () => {
  expect(count({ messages: [] }, ['hello world', '2 + 2 = 4', '']).output).toBe(9)
})

test('a prompt of any shape has a count', () => {
  for (const messages of [undefined, null, 'x', [], [null], ['x'], [{}], [{ role: 5, content: { a: 1 } }]])
    expect(count({ messages }).input).toBeGreaterThanOrEqual(3)
})
