import { expect, test } from 'bun:test'
import { sealState } from '../../src/messages/opaque-state'
import { readChatBody } from '../../src/wire/read-chat-body'
import { chatOf, droppedOf, EXTENDED, HELLO, messagesOf, refused } from './chat-of'

test('a request is a chat request', () => {
  expect(chatOf({ system: 'Be brief.', stop_sequences: ['END'], temperature: 0.5, top_p: 0.9 })).toEqual({
    model: 'm',
    messages: [{ role: 'system', content: 'Be brief.' }, ...HELLO],
    stream: false,
    max_completion_tokens: 100,
    stop: ['END'],
    temperature: 0.5,
    top_p: 0.9,
  })
})

test('a stream asks for its figures', () => {
  expect(chatOf({ stream: true })).toMatchObject({ stream: true, stream_options: { include_usage: true } })
})

test('whoever uses it, and the tier', () => {
  expect(chatOf({ metadata: { user_id: 'u-1' }, service_tier: 'standard_only' })).toMatchObject({
    user: 'u-1',
    service_tier: 'default',
  })
  expect(chatOf({ service_tier: 'auto' }).service_tier).toBe('auto')
  const long = chatOf({ metadata: { user_id: `user_${'x'.repeat(200)}` } }).user
  expect(long).toMatch(/^[0-9a-f]{64}$/)
})

test('system texts are one message, also in the midst of the conversation', () => {
  const system = [
    { type: 'text', text: 'One.' },
    { type: 'text', text: 'Two.' },
  ]
  expect(chatOf({ system }).messages[0]).toEqual({ role: 'system', content: 'One.\n\nTwo.' })
  expect(messagesOf([...HELLO, { role: 'system', content: 'Now.' }])[1]).toEqual({
    role: 'system',
    content: 'Now.',
  })
})

test('images and documents are parts', () => {
  const [{ content }] = messagesOf([
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAA=' } },
        { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
        {
          type: 'document',
          title: 'a.pdf',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
        },
        { type: 'document', title: 'Notes', source: { type: 'text', media_type: 'text/plain', data: 'Hi' } },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'In it' }] } },
        { type: 'document', source: { type: 'file', file_id: 'file_1' } },
        {
          type: 'search_result',
          title: 'Found',
          source: 'https://a.example',
          content: [{ type: 'text', text: 'There' }],
        },
      ],
    },
  ])
  expect(content).toEqual([
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAA=' } },
    { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
    { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' } },
    { type: 'text', text: 'Notes\n\nHi' },
    { type: 'text', text: 'In it' },
    { type: 'file', file: { file_id: 'file_1' } },
    { type: 'text', text: 'Found – https://a.example\n\nThere' },
  ])
})

const CALL = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } }

test('calls and their results are OpenAI’s, results before what the user says', () => {
  const messages = messagesOf([
    ...HELLO,
    {
      role: 'assistant',
      content: [{ type: 'text', text: 'ok' }, CALL, { ...CALL, id: 'toolu_2', input: {} }],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'one' },
        {
          type: 'tool_result',
          tool_use_id: 'toolu_2',
          is_error: true,
          content: [
            { type: 'text', text: 'two' },
            { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
          ],
        },
        { type: 'text', text: 'go on' },
      ],
    },
  ])
  const call = (id: string, args: string) => ({
    id,
    type: 'function',
    function: { name: 'f', arguments: args },
  })
  expect(messages.slice(1)).toEqual([
    { role: 'assistant', content: 'ok', tool_calls: [call('toolu_1', '{"a":1}'), call('toolu_2', '{}')] },
    { role: 'tool', tool_call_id: 'toolu_1', content: 'one' },
    { role: 'tool', tool_call_id: 'toolu_2', content: 'Error: two' },
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
        { type: 'text', text: 'go on' },
      ],
    },
  ])
})

test('a result without content is an empty text', () => {
  const result = { type: 'tool_result', tool_use_id: 'toolu_1' }
  expect(messagesOf([{ role: 'user', content: [result] }])).toEqual([
    { role: 'tool', tool_call_id: 'toolu_1', content: '' },
  ])
})

const THOUGHT = { type: 'thinking', thinking: 'Hm.', signature: 'sig' }

test('thoughts are handed back where an adapter reads them', () => {
  const history = [...HELLO, { role: 'assistant', content: [THOUGHT, { type: 'text', text: 'a' }] }]
  expect(messagesOf(history, EXTENDED)[1]).toEqual({
    role: 'assistant',
    content: 'a',
    reasoning_content: 'Hm.',
    reasoning_details: [
      { type: 'reasoning.text', format: 'anthropic-claude-v1', text: 'Hm.', signature: 'sig' },
    ],
  })
  expect(messagesOf(history)[1]).toEqual({ role: 'assistant', content: 'a' })
})

test('what another vendor wants back comes out of its seal', () => {
  const detail = { type: 'reasoning.text', format: 'other', data: 1 }
  const content = [
    { type: 'redacted_thinking', data: sealState({ detail }) },
    { type: 'redacted_thinking', data: sealState({ callId: 'toolu_1', signature: 'gem' }) },
    { type: 'redacted_thinking', data: 'claude’s own' },
    CALL,
  ]
  expect(messagesOf([...HELLO, { role: 'assistant', content }], EXTENDED)[1]).toMatchObject({
    content: null,
    reasoning_details: [detail, { type: 'reasoning.encrypted', data: 'claude’s own' }],
    tool_calls: [{ id: 'toolu_1', extra_content: { google: { thought_signature: 'gem' } } }],
  })
})

test('an answer of which nothing has a counterpart is left out, and what was left out is said', () => {
  const content = [{ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }]
  const messages = [...HELLO, { role: 'assistant', content }, ...HELLO]
  expect(messagesOf(messages)).toEqual([...HELLO, ...HELLO])
  expect(droppedOf({ messages })).toEqual(['messages.content.server_tool_use'])
})

test.each([
  [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, 'low', 'low'],
  [{ thinking: { type: 'enabled', budget_tokens: 10_000 } }, 'medium', 'medium'],
  [{ thinking: { type: 'enabled', budget_tokens: 32_000 } }, 'high', 'high'],
  [{ thinking: { type: 'adaptive' } }, 'medium', 'medium'],
  [{ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }, 'low', 'low'],
  [{ output_config: { effort: 'max' } }, 'high', 'max'],
  [{ thinking: { type: 'disabled' } }, undefined, 'none'],
  [{}, undefined, undefined],
])('%j is effort %s at OpenAI and %s elsewhere', (request, plain, extended) => {
  expect(chatOf(request).reasoning_effort).toBe(plain)
  expect(chatOf(request, EXTENDED).reasoning_effort).toBe(extended)
})

test('a model that does not think is not told to, and that is said', () => {
  const request = { thinking: { type: 'enabled', budget_tokens: 2000 }, output_config: { effort: 'low' } }
  const dialect = { isExtended: false, canReason: false }
  expect(chatOf(request, dialect)).not.toHaveProperty('reasoning_effort')
  expect(droppedOf(request, dialect)).toEqual(['thinking', 'output_config.effort'])
})

test('cache marks go where an adapter reads them; elsewhere they are said to be dropped, once', () => {
  const cache_control = { type: 'ephemeral', ttl: '1h' }
  const request = {
    system: [{ type: 'text', text: 's', cache_control }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'u', cache_control }] }],
    tools: [{ name: 'f', input_schema: { type: 'object' }, cache_control }],
    cache_control,
    top_k: 5,
  }
  const chat = chatOf(request, EXTENDED)
  expect(chat.messages[0].content[0].cache_control).toEqual(cache_control)
  expect(chat.messages[1].content[0].cache_control).toEqual(cache_control)
  expect(chat.tools[0].cache_control).toEqual(cache_control)
  expect([chat.cache_control, chat.top_k]).toEqual([cache_control, 5])
  expect(droppedOf(request, EXTENDED)).toEqual([])
  expect(JSON.stringify(chatOf(request))).not.toContain('cache')
  expect(droppedOf(request)).toEqual(['cache_control', 'top_k'])
})

test.each([['context_management'], ['diagnostics'], ['something_new']])('%s is said to be dropped', name => {
  expect(droppedOf({ [name]: { a: 1 } })).toEqual([name])
})

test.each([
  [{ container: 'c' }, 'container'],
  [{ mcp_servers: [] }, 'mcp_servers'],
  [{ tools: [{ type: 'bash_20250124', name: 'bash' }] }, 'tools[0].type'],
  [{ messages: [{ role: 'user', content: [{ type: 'container_upload' }] }] }, 'messages[0].content[0]'],
  [
    { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'url', url: 'x' } }] }] },
    'messages[0].content[0].source.type',
  ],
])('%j is refused by name', (request, param) => {
  expect(() => chatOf(request)).toThrow(refused(param))
})

test.each([
  [{ messages: 'x' }, 'messages', 'invalid_type'],
  [{ messages: [] }, 'messages', 'empty_array'],
  [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role', 'invalid_value'],
  [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'missing_required_parameter'],
  [
    { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
    'messages[0].content[0].text',
    'missing_required_parameter',
  ],
  [{ system: 7 }, 'system', 'invalid_type'],
  [{ system: [{ type: 'image' }] }, 'system[0].type', 'invalid_value'],
  [{ max_tokens: 0 }, 'max_tokens', 'integer_below_min_value'],
  [{ temperature: 1.5 }, 'temperature', 'decimal_above_max_value'],
  [{ tools: [{ name: 'f' }] }, 'tools[0].input_schema', 'missing_required_parameter'],
  [
    { tools: [{ name: 'f', input_schema: {} }], tool_choice: { type: 'tool' } },
    'tool_choice.name',
    'missing_required_parameter',
  ],
  [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens', 'missing_required_parameter'],
  [{ thinking: { type: 'loud' } }, 'thinking.type', 'invalid_value'],
])('%j is wrong at %s', (request, param, code) => {
  expect(() => chatOf(request)).toThrow(refused(param, code))
})

test('what comes out is a chat request to whoever reads those', () => {
  const chat = chatOf({
    system: 'S',
    stream: true,
    tools: [{ name: 'f', input_schema: { type: 'object' } }],
    messages: [
      ...HELLO,
      { role: 'assistant', content: [CALL] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }] },
    ],
  })
  const body = readChatBody(Buffer.from(JSON.stringify(chat)))
  expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool'])
  expect(body.rest).toEqual({})
})
