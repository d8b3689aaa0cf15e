import { expect, test } from 'bun:test'
import { HELLO, read, readText } from './read-chat'

test('the smallest request has a model, its messages and nothing else', () => {
  expect(read({})).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    stream: false,
    rest: {},
  })
})

test('of a tool’s name that is none, a refusal repeats no more than a name is long', () => {
  const tools = [{ type: 'function', function: { name: 'f' } }]
  const named = { type: 'function', function: { name: 'x'.repeat(100_000) } }
  expect(() => read({ tools, tool_choice: named })).toThrow(/^Invalid 'tool_choice': 'x{64}' is not among/)
})

test('every optional member may be null, which is absent', () => {
  const names =
    'max_completion_tokens max_tokens temperature top_p n stop seed presence_penalty frequency_penalty logprobs top_logprobs reasoning_effort tools tool_choice parallel_tool_calls response_format user safety_identifier service_tier functions function_call stream stream_options metadata logit_bias'
  const nulls = Object.fromEntries(names.split(' ').map(name => [name, null]))
  expect(read(nulls)).toEqual(read({}))
})

test('sampling and limits are read under their own names', () => {
  expect(
    read({
      max_tokens: 5,
      max_completion_tokens: 7,
      temperature: 0.5,
      top_p: 1,
      n: 2,
      stop: 'END',
      seed: 3,
      presence_penalty: -2,
      frequency_penalty: 2,
      logprobs: true,
      top_logprobs: 4,
      reasoning_effort: 'low',
      service_tier: 'flex',
      user: 'u',
      stream: true,
      stream_options: { include_usage: true },
    }),
  ).toMatchObject({
    maxTokens: 7,
    temperature: 0.5,
    topP: 1,
    n: 2,
    stop: ['END'],
    seed: 3,
    presencePenalty: -2,
    frequencyPenalty: 2,
    logprobs: true,
    topLogprobs: 4,
    reasoningEffort: 'low',
    serviceTier: 'flex',
    user: 'u',
    stream: true,
    rest: {},
  })
  expect(read({ user: 'u', safety_identifier: 's' }).user).toBe('s')
  expect(read({ stop: ['a', 'b'] }).stop).toEqual(['a', 'b'])
  expect(read({ stop: [] }).stop).toBeUndefined()
})

test('what has no name of its own stands in rest, a member called __proto__ included', () => {
  const { rest } = readText(
    `{"model":"m","messages":[{"role":"user","content":"Hi"}],"top_k":4,"__proto__":{"a":1},"metadata":{"b":"c"}}`,
  )
  expect(Object.keys(rest).toSorted()).toEqual(['__proto__', 'metadata', 'top_k'])
  expect(Object.getPrototypeOf(rest)).toBe(Object.prototype)
})

test('content may be a text or parts, for every role', () => {
  const { messages } = read({
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be short.' }] },
      { role: 'developer', content: 'Be kind.', name: 'd' },
      {
        role: 'user',
        name: 'Ann',
        content: [
          { type: 'text', text: 'See', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
          { type: 'file', file: { file_id: 'file-1' }, prompt_cache_breakpoint: { mode: 'explicit' } },
        ],
      },
      { role: 'assistant', content: '' },
      { role: 'user', content: '' },
    ],
  })
  expect(messages).toEqual([
    { role: 'system', content: [{ type: 'text', text: 'Be short.' }] },
    { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }], name: 'd' },
    {
      role: 'user',
      name: 'Ann',
      content: [
        { type: 'text', text: 'See', cache: { ttl: '1h' } },
        { type: 'image', url: 'data:image/png;base64,AAAA', detail: 'low' },
        { type: 'image', url: 'https://x.example/a.png' },
        { type: 'audio', data: 'AAAA', format: 'wav' },
        { type: 'file', data: 'data:application/pdf;base64,AAAA', name: 'a.pdf' },
        { type: 'file', id: 'file-1', cache: {} },
      ],
    },
    { role: 'assistant', content: [], toolCalls: [] },
    { role: 'user', content: [] },
  ])
})

test('an answer handed back keeps its calls, its refusal, its thought and their opaque state', () => {
  const { messages } = read({
    messages: [
      ...HELLO,
      {
        role: 'assistant',
        content: null,
        refusal: null,
        annotations: [],
        audio: null,
        reasoning_content: 'hm',
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }],
        tool_calls: [
          {
            id: 'functions.add:0',
            type: 'function',
            function: { name: 'add', arguments: '{"a":' },
            extra_content: { google: { thought_signature: 'sig' } },
          },
          { id: 'c', type: 'custom', custom: { name: 'run', input: 'ls' } },
        ],
      },
      { role: 'tool', tool_call_id: 'functions.add:0', content: '3' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }], reasoning: 'hm' },
    ],
  })
  expect(messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: [],
      reasoning: 'hm',
      reasoningDetails: [{ type: 'reasoning.encrypted', data: 'x' }],
      toolCalls: [
        { id: 'functions.add:0', name: 'add', arguments: '{"a":', isCustom: false, signature: 'sig' },
        { id: 'c', name: 'run', arguments: 'ls', isCustom: true },
      ],
    },
    { role: 'tool', toolCallId: 'functions.add:0', content: [{ type: 'text', text: '3' }] },
    { role: 'assistant', content: [], refusal: 'No.', reasoning: 'hm', toolCalls: [] },
  ])
})

test('the deprecated functions are tools, their results are of the latest call of that name', () => {
  const call = (name: string) => ({
    role: 'assistant',
    content: null,
    function_call: { name, arguments: '{}' },
  })
  const body = read({
    functions: [{ name: 'add', parameters: { type: 'object' } }],
    function_call: { name: 'add' },
    messages: [
      ...HELLO,
      call('add'),
      { role: 'function', name: 'add', content: '1' },
      call('add'),
      { role: 'function', name: 'add', content: null },
    ],
  })
  expect(body).toMatchObject({
    tools: [{ name: 'add', parameters: { type: 'object' }, isCustom: false }],
    toolChoice: { mode: 'named', name: 'add' },
    usesFunctions: true,
    rest: {},
  })
  expect(body.messages.slice(1)).toMatchObject([
    { role: 'assistant', toolCalls: [{ id: 'call_function_0', name: 'add' }] },
    { role: 'tool', toolCallId: 'call_function_0', content: [{ text: '1' }] },
    { role: 'assistant', toolCalls: [{ id: 'call_function_1', name: 'add' }] },
    { role: 'tool', toolCallId: 'call_function_1', content: [] },
  ])
  expect(read({ tools: [{ type: 'function', function: { name: 'a' } }] }).usesFunctions).toBeUndefined()
})

test('tools, their choice and the format of the answer are read in every form that OpenAI has', () => {
  const add = { type: 'function', function: { name: 'add', description: 'Adds.', strict: true } }
  const run = { type: 'custom', custom: { name: 'run', format: { type: 'text' } } }
  expect(read({ tools: [{ ...add, cache_control: { type: 'ephemeral' } }, run] }).tools).toEqual([
    { name: 'add', description: 'Adds.', strict: true, isCustom: false, cache: {} },
    { name: 'run', isCustom: true, format: { type: 'text' } },
  ])
  expect(read({ tools: [] }).tools).toBeUndefined()
  const choices: [unknown, object][] = [
    ['none', { mode: 'none' }],
    ['required', { mode: 'required' }],
    [
      { type: 'function', function: { name: 'add' } },
      { mode: 'named', name: 'add' },
    ],
    [
      { type: 'custom', custom: { name: 'run' } },
      { mode: 'named', name: 'run' },
    ],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [add, run] } },
      { mode: 'allowed', of: 'required', names: ['add', 'run'] },
    ],
  ]
  for (const [given, choice] of choices)
    expect(read({ tools: [add, run], tool_choice: given }).toolChoice).toEqual(choice as never)
  const format = { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } }
  expect(read({ response_format: format }).responseFormat).toEqual({
    type: 'json_schema',
    name: 'n',
    schema: { type: 'object' },
    strict: true,
  })
  expect(read({ response_format: { type: 'json_object' } }).responseFormat).toEqual({ type: 'json_object' })
})

test('half a character becomes a replacement character, in values and keys; a written-out escape stays', () => {
  const { messages, tools } = readText(
    String.raw`{"model":"m","messages":[{"role":"user","content":"a\ud800b \\ud800 \ud83d\ude00"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"\udc00":1}}}]}`,
  )
  expect(messages[0]?.content).toEqual([{ type: 'text', text: 'a\ufffdb \\ud800 😀' }])
  expect(tools?.[0]?.parameters).toEqual({ '\ufffd': 1 })
})
