import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../../src/errors'
import { chatRequest } from '../../../src/vendors/openai-responses/request'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

const ACCOUNT: Vendor = {
  name: 'openai',
  dialect: 'openai',
  conforms: true,
  baseUrl: 'https://api.openai.com/v1',
  credential: 'sk-secret',
  headers: {},
  onDisconnect: 'abort',
  timeouts: DEFAULT_TIMEOUTS,
}

function ask(request: object, vendor = ACCOUNT, capabilities = new Set(['reasoning'])) {
  const messages = [{ role: 'user', content: 'Hello' }]
  const chat = readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages, ...request })))
  const sent = chatRequest(chat, {
    vendor,
    model: 'gpt-5.5-pro',
    maxOutputTokens: 1_000,
    capabilities,
    ceiling,
  })
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's whole request, of which each test reads a part
  return { ...sent, body: JSON.parse(new TextDecoder().decode(sent.body)) as any }
}

describe('request', () => {
  test('goes to the account’s responses, and is not stored there', () => {
    const { url, headers, body, dropped } = ask({})
    expect(url).toBe('https://api.openai.com/v1/responses')
    expect(headers.authorization).toBe('Bearer sk-secret')
    expect(body).toEqual({
      model: 'gpt-5.5-pro',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
      store: false,
      include: ['reasoning.encrypted_content'],
      reasoning: { summary: 'auto' },
    })
    expect(dropped).toEqual([])
    const azure = { ...ACCOUNT, dialect: 'azure' as const, baseUrl: 'https://x.openai.azure.com/openai/v1' }
    expect(ask({}, azure).headers).toMatchObject({ 'api-key': 'sk-secret' })
  })

  test('parameters have their names there', () => {
    const schema = { type: 'object', properties: {} }
    const { body, dropped } = ask({
      stream: true,
      max_completion_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      logprobs: true,
      top_logprobs: 2,
      reasoning_effort: 'high',
      verbosity: 'low',
      user: 'ann',
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
    })
    expect(body).toMatchObject({
      stream: true,
      max_output_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 2,
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      reasoning: { effort: 'high', summary: 'auto' },
      text: { format: { type: 'json_schema', name: 'x', schema, strict: true }, verbosity: 'low' },
      safety_identifier: 'ann',
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
    })
    expect(dropped).toEqual([])
  })

  test.each([
    [{ seed: 1 }, 'seed'],
    [{ store: true }, 'store'],
    [{ presence_penalty: 1 }, 'presence_penalty'],
    [{ logit_bias: { 1: 1 } }, 'logit_bias'],
    [{ a_field_of_nobody: 1 }, 'a_field_of_nobody'],
  ])('%j is dropped by name', (request, name) => {
    expect(ask(request).dropped).toEqual([name])
  })

  test('who wants nothing stored has it so: `store: false` is sent, and not named as dropped', () => {
    const { body, dropped } = ask({ store: false })
    expect(body).toMatchObject({ store: false })
    expect(dropped).toEqual([])
  })

  test.each([
    [{ stop: 'x' }, 'stop'],
    [{ service_tier: 'flex' }, 'service_tier'],
    [{ modalities: ['audio'] }, 'modalities'],
    [{ web_search_options: {} }, 'web_search_options'],
  ])('%j is refused by name', (request, param) => {
    try {
      ask(request)
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError)
      expect(error).toMatchObject({ code: 'unsupported_parameter', param })
      return
    }
    throw new Error('it was not refused')
  })

  test('a history is items: words, thoughts of ours, calls and what they gave', () => {
    const messages = [
      { role: 'developer', content: 'be kind' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://x.example/a.png', detail: 'low' } },
          { type: 'file', file: { file_id: 'file-1', filename: 'a.pdf' } },
        ],
      },
      {
        role: 'assistant',
        content: 'I look.',
        reasoning_details: [
          { type: 'reasoning.encrypted', format: 'openai-responses-v1', id: 'rs_1', data: 'sealed' },
          { type: 'reasoning.encrypted', format: 'google-gemini-v1', data: 'not ours' },
        ],
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'f', arguments: '' } },
          { id: 'c2', type: 'custom', custom: { name: 'run', input: 'ls' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
      { role: 'tool', tool_call_id: 'c2', content: 'files' },
    ]
    expect(ask({ messages }).body.input).toEqual([
      { role: 'developer', content: [{ type: 'input_text', text: 'be kind' }] },
      {
        role: 'user',
        content: [
          { type: 'input_image', image_url: 'https://x.example/a.png', detail: 'low' },
          { type: 'input_file', file_id: 'file-1', filename: 'a.pdf' },
        ],
      },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }] },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'run', input: 'ls' },
      { type: 'function_call_output', call_id: 'c1', output: 'a cat' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: 'files' },
    ])
  })

  test.each([
    ['required', 'required'],
    [
      { type: 'function', function: { name: 'f' } },
      { type: 'function', name: 'f' },
    ],
    [
      { type: 'custom', custom: { name: 'run' } },
      { type: 'custom', name: 'run' },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] },
    ],
  ])('tool_choice %j is %j', (tool_choice, choice) => {
    const grammar = { syntax: 'lark', definition: 'start: "a"' }
    const tools = [
      { type: 'function', function: { name: 'f', parameters: { type: 'object' } } },
      { type: 'custom', custom: { name: 'run', format: { type: 'grammar', grammar } } },
    ]
    const { body } = ask({ tools, tool_choice, parallel_tool_calls: false })
    expect(body).toMatchObject({ tool_choice: choice, parallel_tool_calls: false })
    expect(body.tools).toEqual([
      { type: 'function', name: 'f', parameters: { type: 'object' }, strict: false },
      { type: 'custom', name: 'run', format: { type: 'grammar', ...grammar } },
    ])
  })
})
