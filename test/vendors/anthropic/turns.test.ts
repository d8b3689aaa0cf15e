import { expect, test } from 'bun:test'
import { ask } from './ask'

const text = (value: string) => ({ type: 'text', text: value })
const call = (id: string, args = '{"n":1}') => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: args },
})
const CALLED = [
  { role: 'user', content: 'go' },
  { role: 'assistant', content: 'ok', tool_calls: [call('call_1'), call('call_2')] },
]

test('instructions at the beginning are the system text, block by block', () => {
  const { body } = ask({
    messages: [
      { role: 'system', content: 'One.' },
      { role: 'developer', content: [{ type: 'text', text: 'Two.', cache_control: { type: 'ephemeral' } }] },
      { role: 'user', content: 'Hi' },
    ],
  })
  expect(body.system).toEqual([text('One.'), { ...text('Two.'), cache_control: { type: 'ephemeral' } }])
  expect(body.messages).toEqual([{ role: 'user', content: [text('Hi')] }])
})

const LATER = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'b' },
  { role: 'system', content: 'Now in French.' },
  { role: 'user', content: 'c' },
]

test('later instructions go to the beginning where the model knows no other place', () => {
  const { body } = ask({ messages: LATER }, 'claude-opus-4-7')
  expect(body.system).toEqual([text('Now in French.')])
  expect(body.messages.map(({ role }: { role: string }) => role)).toEqual(['user', 'assistant', 'user'])
})

test.each(['claude-opus-5', 'claude-opus-5-5', 'claude-haiku-5-5', 'claude-fable-5-2'])(
  'later instructions stay where they are in %s',
  model => {
    const { body } = ask({ messages: LATER }, model)
    expect(body).not.toHaveProperty('system')
    expect(body.messages[2]).toEqual({ role: 'system', content: [text('Now in French.')] })
  },
)

test('turns alternate, and nothing empty is sent', () => {
  const { body } = ask({
    messages: [
      { role: 'user', content: 'a' },
      { role: 'user', content: [text('b'), text(' \n')] },
      { role: 'assistant', content: '' },
      { role: 'user', content: 'c' },
    ],
  })
  expect(body.messages).toEqual([{ role: 'user', content: [text('a'), text('b'), text('c')] }])
})

test('a conversation that the assistant begins has a word of the user before it', () => {
  const { body } = ask({
    messages: [
      { role: 'assistant', content: 'Welcome!' },
      { role: 'user', content: 'Hi' },
    ],
  })
  expect(body.messages.map(({ role }: { role: string }) => role)).toEqual(['user', 'assistant', 'user'])
})

test('instructions alone are the question', () => {
  const { body } = ask({ messages: [{ role: 'system', content: 'Say hello.' }] })
  expect(body).not.toHaveProperty('system')
  expect(body.messages).toEqual([{ role: 'user', content: [text('Say hello.')] }])
  expect(() => ask({ messages: [{ role: 'user', content: '  ' }] })).toThrow(
    expect.objectContaining({ status: 400, param: 'messages' }),
  )
})

test('calls have objects for arguments, also where they were no JSON', () => {
  const { body } = ask({
    messages: [
      { role: 'user', content: 'go' },
      { role: 'assistant', tool_calls: [call('a'), call('b', ''), call('c', '[1]'), call('d', '{"x')] },
      ...['a', 'b', 'c', 'd'].map(id => ({ role: 'tool', tool_call_id: id, content: 'ok' })),
    ],
  })
  const inputs = body.messages[1].content.map(({ input }: { input: unknown }) => input)
  expect(inputs).toEqual([{ n: 1 }, {}, {}, {}])
})

test('all results of a turn’s calls are in one turn, before what the user says', () => {
  const { body } = ask({
    messages: [
      ...CALLED,
      { role: 'tool', tool_call_id: 'call_1', content: 'one' },
      { role: 'tool', tool_call_id: 'call_2', content: '' },
      { role: 'user', content: 'and?' },
    ],
  })
  expect(body.messages[1].content.map(({ type }: { type: string }) => type)).toEqual([
    'text',
    'tool_use',
    'tool_use',
  ])
  expect(body.messages[2]).toEqual({
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'call_1', content: [text('one')] },
      { type: 'tool_result', tool_use_id: 'call_2' },
      text('and?'),
    ],
  })
})

test('results come first also where the user spoke between them', () => {
  const { body } = ask({
    messages: [
      ...CALLED,
      { role: 'tool', tool_call_id: 'call_1', content: 'one' },
      { role: 'user', content: 'wait' },
      { role: 'tool', tool_call_id: 'call_2', content: 'two' },
    ],
  })
  expect(body.messages[2].content.map(({ type }: { type: string }) => type)).toEqual([
    'tool_result',
    'tool_result',
    'text',
  ])
})

test('an id that the vendor would refuse is another one, the same for call and result', () => {
  const id = 'functions.f:0|x'
  const { body } = ask({
    messages: [
      { role: 'user', content: 'go' },
      { role: 'assistant', tool_calls: [call(id), call('chatcmpl-tool-1')] },
      { role: 'tool', tool_call_id: id, content: 'one' },
      { role: 'tool', tool_call_id: 'chatcmpl-tool-1', content: 'two' },
    ],
  })
  const [first, second] = body.messages[1].content
  expect(first.id).toMatch(/^toolu_[0-9a-f]{24}$/)
  expect(second.id).toBe('chatcmpl-tool-1')
  expect(body.messages[2].content.map((block: { tool_use_id: string }) => block.tool_use_id)).toEqual([
    first.id,
    'chatcmpl-tool-1',
  ])
})

test('a history with calls has tools, also when none may be called any more', () => {
  const { body } = ask({ messages: [...CALLED, { role: 'tool', tool_call_id: 'call_1', content: 'x' }] })
  expect(body.tools).toEqual([{ name: 'f', input_schema: { type: 'object', properties: {} } }])
  expect(body.tool_choice).toEqual({ type: 'none' })
})

const BEGUN = [
  { role: 'user', content: 'Count.' },
  { role: 'assistant', content: 'One, ' },
]

test('the beginning of the answer goes to models that can go on from it', () => {
  const { body } = ask({ messages: BEGUN }, 'claude-opus-4-5')
  expect(body.messages[1]).toEqual({ role: 'assistant', content: [text('One,')] })
  expect(() => ask({ messages: BEGUN }, 'claude-opus-4-6')).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'messages[1]' }),
  )
})

test('a refusal of an earlier answer is its text', () => {
  const { body } = ask({
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null, refusal: 'I cannot.' },
      { role: 'user', content: 'b' },
    ],
  })
  expect(body.messages[1].content).toEqual([text('I cannot.')])
})

test('names and details mean nothing here, and are said to be dropped', () => {
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } }
  const { dropped } = ask({ messages: [{ role: 'user', name: 'ann', content: [image] }] })
  expect(dropped).toEqual(['messages.name', 'messages.content.image_url.detail'])
})
