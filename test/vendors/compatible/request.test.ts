import { expect, test } from 'bun:test'
import { GatewayError } from '../../../src/errors'
import { azure } from '../../../src/vendors/azure'
import { UNKNOWN } from '../../../src/vendors/compatible/family'
import { ACCOUNT, ask, factsOf } from './read'

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } }
const CALLED = [
  { role: 'user', content: 'Hi' },
  {
    role: 'assistant',
    content: null,
    reasoning_content: 'hm',
    tool_calls: [{ id: 'call_0123456789', type: 'function', function: { name: 'f', arguments: '' } }],
  },
  { role: 'tool', tool_call_id: 'call_0123456789', content: 'ok' },
]
const messagesOf = (vendor: string, messages: object[], model?: string) =>
  ask(factsOf(vendor), { messages }, model).sent.messages as Record<string, unknown>[]

/** Which field a vendor refuses. */
function refusedBy(vendor: string, members: object, model?: string): string | null {
  try {
    ask(factsOf(vendor), members, model)
    return null
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unsupported_parameter') return error.param
    throw error
  }
}

test('a server of the user’s own is told everything, in OpenAI’s words', () => {
  const members = {
    temperature: 0.5,
    top_k: 4,
    store: true,
    chat_template_kwargs: { enable_thinking: false },
    tools: [TOOL],
    tool_choice: { type: 'function', function: { name: 'f' } },
    parallel_tool_calls: false,
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } },
    reasoning_effort: 'low',
    user: 'u',
  }
  const { sent, dropped, url, headers } = ask(UNKNOWN, { ...members, stream: true })
  expect(sent).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
    stream_options: { include_usage: true },
    ...members,
  })
  expect([dropped, url, headers.authorization]).toEqual([
    [],
    'https://vendor.example/v1/chat/completions',
    'Bearer secret',
  ])
})

test('a custom tool and a choice among the allowed ones reach a server of the user’s own as they are', () => {
  const custom = { type: 'custom', custom: { name: 'run', format: { type: 'text' } } }
  const tool_choice = {
    type: 'allowed_tools',
    allowed_tools: { mode: 'auto', tools: [{ type: 'custom', custom: { name: 'run' } }] },
  }
  const { sent } = ask(UNKNOWN, { tools: [custom], tool_choice })
  expect(sent).toMatchObject({ tools: [custom], tool_choice })
})

test('elsewhere a custom tool is a function whose one argument is the text', () => {
  const custom = { type: 'custom', custom: { name: 'run', description: 'Runs.', format: { type: 'text' } } }
  const tool_choice = { type: 'custom', custom: { name: 'run' } }
  const called = { id: 'a', type: 'custom', custom: { name: 'run', input: 'ls' } }
  const { sent, dropped } = ask(factsOf('groq'), {
    tools: [custom],
    tool_choice,
    messages: [{ role: 'assistant', content: null, tool_calls: [called] }],
  })
  expect(sent).toMatchObject({
    tools: [
      {
        type: 'function',
        function: {
          name: 'run',
          description: 'Runs.',
          parameters: { properties: { input: { type: 'string' } } },
        },
      },
    ],
    tool_choice: { type: 'function', function: { name: 'run' } },
    messages: [
      { tool_calls: [{ id: 'a', type: 'function', function: { name: 'run', arguments: '{"input":"ls"}' } }] },
    ],
  })
  expect(dropped).toEqual(['tools.custom.format'])
})

test('where a choice among the allowed is not known, the others are not shown', () => {
  const g = { type: 'function', function: { name: 'g' } }
  const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [g] } }
  expect(ask(factsOf('groq'), { tools: [TOOL, g], tool_choice }).sent).toMatchObject({
    tools: [g],
    tool_choice: 'required',
  })
})

test('23, 24: Mistral gets nothing that it would refuse, and ids of nine letters and digits', () => {
  const { sent, dropped } = ask(factsOf('mistral'), {
    messages: [
      ...CALLED,
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'user', name: 'A', content: 'x' },
    ],
    seed: 4,
    logit_bias: { '1': 1 },
    user: 'u',
    top_k: 3,
    tools: [TOOL],
    tool_choice: 'required',
    stream: true,
  })
  const [, assistant, tool, refusal, user] = sent.messages as Record<string, unknown>[]
  expect(sent).toMatchObject({ random_seed: 4, tool_choice: 'any', stream: true })
  expect(Object.keys(sent).toSorted()).toEqual([
    'messages',
    'model',
    'random_seed',
    'stream',
    'tool_choice',
    'tools',
  ])
  expect(Object.keys(assistant!)).toEqual(['role', 'content', 'tool_calls'])
  const { id } = (assistant!.tool_calls as { id: string }[])[0]!
  expect(id).toMatch(/^[a-zA-Z0-9]{9}$/)
  expect(tool!.tool_call_id).toBe(id)
  expect(refusal).toEqual({ role: 'assistant', content: 'No.' })
  expect(user).toEqual({ role: 'user', content: 'x' })
  expect(dropped.toSorted()).toEqual(['logit_bias', 'messages.name', 'top_k', 'user'])
})

test('29: DeepSeek’s reasoner gets no thought back, its fourth version one with every turn', () => {
  const turns = [...CALLED, { role: 'assistant', content: 'Done.' }, { role: 'user', content: 'x' }]
  const thoughts = (model: string) =>
    messagesOf('deepseek', turns, model)
      .filter(({ role }) => role === 'assistant')
      .map(message => message.reasoning_content)
  expect(thoughts('deepseek-reasoner')).toEqual([undefined, undefined])
  expect(thoughts('deepseek-v4-flash')).toEqual(['hm', ''])
  expect(thoughts('deepseek-flash')).toEqual(['hm', ''])
})

test('a thought goes back to who wants it, under its name', () => {
  const thought = (vendor: string) => {
    const { reasoning, reasoning_content } = messagesOf(vendor, CALLED)[1]!
    return { reasoning, reasoning_content }
  }
  expect(thought('moonshot')).toMatchObject({ reasoning_content: 'hm' })
  expect(thought('openrouter')).toMatchObject({ reasoning: 'hm' })
  for (const vendor of ['groq', 'xai', 'ollama', 'cerebras'])
    expect(thought(vendor)).toEqual({ reasoning: undefined, reasoning_content: undefined })
  const details = [{ type: 'reasoning.encrypted', data: 'x' }]
  const [back] = messagesOf('openrouter', [{ role: 'assistant', content: 'a', reasoning_details: details }])
  expect(back).toEqual({ role: 'assistant', content: 'a', reasoning_details: details })
})

test('an effort is said in the vendor’s words', () => {
  const said = (vendor: string, effort: string, model?: string) => {
    const {
      model: _,
      messages: __,
      provider: ___,
      ...rest
    } = ask(factsOf(vendor), { reasoning_effort: effort }, model).sent
    return rest
  }
  expect(said('moonshot', 'none', 'kimi-k2.6')).toEqual({ thinking: { type: 'disabled' } })
  expect(said('moonshot', 'low', 'kimi-k2.6')).toEqual({ thinking: { type: 'enabled' } })
  expect(said('moonshot', 'xhigh', 'kimi-k3')).toEqual({ reasoning_effort: 'max' })
  expect(said('deepseek', 'medium')).toEqual({ thinking: { type: 'enabled' }, reasoning_effort: 'high' })
  expect(said('groq', 'max')).toEqual({ reasoning_effort: 'high' })
  expect(said('openrouter', 'none')).toEqual({ reasoning: { enabled: false } })
  expect(said('alibaba', 'low')).toEqual({ enable_thinking: true })
  expect(ask(factsOf('minimax'), { reasoning_effort: 'low' }).dropped).toEqual(['reasoning_effort'])
})

test('what an answer cannot be without is refused by its name', () => {
  expect(refusedBy('groq', { logprobs: true })).toBe('logprobs')
  expect(refusedBy('groq', { logprobs: false })).toBeNull()
  expect(refusedBy('perplexity', { tools: [TOOL] })).toBe('tools')
  expect(
    refusedBy('deepseek', { response_format: { type: 'json_schema', json_schema: { name: 'n' } } }),
  ).toBe('response_format')
  expect(refusedBy('together', { modalities: ['text', 'audio'] })).toBe('modalities')
  expect(refusedBy('together', { modalities: ['text'] })).toBeNull()
  expect(refusedBy('xai', { stop: ['x'] }, 'grok-4.5')).toBe('stop')
  expect(refusedBy('xai', { stop: ['x'] }, 'grok-4.20-0309-non-reasoning')).toBeNull()
  expect(refusedBy('zai', { stop: ['x', 'y'] })).toBe('stop')
  expect(refusedBy('moonshot', { tools: [TOOL], tool_choice: 'required' }, 'kimi-k2.7-code')).toBe(
    'tool_choice',
  )
  expect(refusedBy('ollama', { tools: [TOOL], tool_choice: 'required' })).toBe('tool_choice')
})

test('a vendor without a choice of tools is not shown those that it must not call', () => {
  expect(ask(factsOf('ollama'), { tools: [TOOL], tool_choice: 'none' }).sent).not.toHaveProperty('tools')
  expect(ask(factsOf('ollama'), { tools: [TOOL] }).dropped).toEqual(['tools.function.strict'])
})

test('what is harmless and means nothing there is told', () => {
  const { dropped, sent } = ask(factsOf('together'), {
    metadata: { a: 'b' },
    store: true,
    verbosity: 'low',
    top_k: 2,
  })
  expect(dropped).toEqual(['metadata', 'store', 'verbosity'])
  expect(sent.top_k).toBe(2)
})

test('texts alone are one text, pictures stay parts, and their addresses are refused where nobody fetches them', () => {
  const picture = (url: string) => [
    { type: 'text', text: 'x' },
    { type: 'image_url', image_url: { url } },
  ]
  expect(messagesOf('groq', [{ role: 'user', content: [{ type: 'text', text: 'a' }] }])[0]?.content).toBe('a')
  expect(
    messagesOf('groq', [{ role: 'user', content: picture('https://x.example/a.png') }])[0]?.content,
  ).toEqual(picture('https://x.example/a.png'))
  const far = { messages: [{ role: 'user', content: picture('https://x.example/a.png') }] }
  expect(refusedBy('moonshot', far)).toBe('messages[0].content[1].image_url.url')
  expect(
    refusedBy('moonshot', { messages: [{ role: 'user', content: picture('data:image/png;base64,AA==') }] }),
  ).toBeNull()
})

test('Azure is asked with its own header, at the address of its version', () => {
  const at = (members: object) => ask(azure, {}, 'my deployment', { ...ACCOUNT, ...members })
  expect(at({}).headers).toMatchObject({ 'api-key': 'secret' })
  expect(at({}).headers).not.toHaveProperty('authorization')
  const baseUrl = 'https://a.openai.azure.com/openai/v1'
  expect(at({ baseUrl }).url).toBe(`${baseUrl}/chat/completions`)
  expect(at({ baseUrl, apiVersion: 'preview' }).url).toBe(`${baseUrl}/chat/completions?api-version=preview`)
  expect(at({ baseUrl, apiVersion: '2024-10-21' }).url).toBe(
    'https://a.openai.azure.com/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21',
  )
  expect(ask(azure, { max_tokens: 5, messages: [{ role: 'developer', content: 'x' }] }).sent).toMatchObject({
    max_completion_tokens: 5,
    messages: [{ role: 'developer' }],
  })
})

test.each(['perplexity', 'openrouter'])(
  'T88 a search that costs more than the usual one is refused by name: %s',
  vendor => {
    const refused = (options: unknown) => refusedBy(vendor, { web_search_options: options })
    expect(refused({ search_context_size: 'medium' })).toBe('web_search_options.search_context_size')
    expect(refused({ search_context_size: 'high', user_location: {} })).toBe(
      'web_search_options.search_context_size',
    )
    expect(refused({ search_type: 'pro' })).toBe('web_search_options.search_type')
    expect(refused('high')).toBe('web_search_options')
    expect(refusedBy(vendor, { search_type: 'pro' })).toBe('search_type')
    // Whether the usual one has a price is another question.
    for (const usual of [null, undefined]) expect(refused(usual)).toBeNull()
  },
)

test('no member has OpenRouter answer with another model than the one that was allowed', () => {
  expect(refusedBy('openrouter', { models: ['openai/dear'] })).toBe('models')
  expect(refusedBy('openrouter', { preset: 'dear' })).toBe('preset')
})

test('no plugin of OpenRouter’s that costs has a price', () => {
  expect(refusedBy('openrouter', { plugins: [{ id: 'web', max_results: 100 }] })).toBe('plugins')
  expect(refusedBy('openrouter', { plugins: [{ id: 'response-healing' }] })).toBeNull()
})

test('a file that OpenRouter would read for the model is refused', () => {
  const content = [{ type: 'file', file: { file_data: 'data:application/pdf;base64,AA==' } }]
  expect(refusedBy('openrouter', { messages: [{ role: 'user', content }] })).toBe(
    'messages[0].content[0].file',
  )
})
