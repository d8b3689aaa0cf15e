import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../../src/errors'
import { ACCOUNT, ask, CLAUDE, NOVA } from './ask'

/** The refusal's code and field. */
function refusalOf(run: () => unknown): [string | null, string | null] {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return [error.code, error.param]
    throw error
  }
  throw new Error('it was not refused')
}

const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } })
const OPUS = 'anthropic.claude-opus-4-7'
const FABLE = 'anthropic.claude-fable-5-1'

test('goes to the model’s own address, its id in one piece of the path', () => {
  expect(ask({}).url).toBe(`${ACCOUNT.baseUrl}/model/eu.amazon.nova-2-lite-v1%3A0/converse`)
  const arn = 'arn:aws:bedrock:eu-central-1:1:inference-profile/x'
  const { url, headers } = ask({ stream: true }, arn)
  expect(url).toBe(`${ACCOUNT.baseUrl}/model/${encodeURIComponent(arn)}/converse-stream`)
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'application/vnd.amazon.eventstream',
  })
})

test('an account with a bearer token says it', () => {
  const { aws: _, ...vendor } = { ...ACCOUNT, credential: 'ABSK' }
  expect(ask({}, NOVA, { vendor }).headers.authorization).toBe('Bearer ABSK')
})

test('bounds, sampling, labels and a guardrail', () => {
  const { body, dropped } = ask({
    max_tokens: 100,
    temperature: 1.5,
    top_p: 0.5,
    top_k: 40,
    stop: ['a', ' '],
    metadata: { team: 'search' },
    guardrail_config: { guardrailIdentifier: 'g', guardrailVersion: '1' },
  })
  expect(body).toEqual({
    messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
    inferenceConfig: { maxTokens: 100, temperature: 1, topP: 0.5, stopSequences: ['a'] },
    additionalModelRequestFields: { top_k: 40 },
    requestMetadata: { team: 'search' },
    guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
  })
  expect(dropped).toEqual([])
})

test.each([
  [{ seed: 1 }, 'seed'],
  [{ presence_penalty: 1 }, 'presence_penalty'],
  [{ logprobs: true }, 'logprobs'],
  [{ user: 'u' }, 'safety_identifier'],
  [{ logit_bias: { 1: 2 } }, 'logit_bias'],
  [{ a_field_of_nobody: 1 }, 'a_field_of_nobody'],
])('%j is dropped by name', (request, name) => {
  expect(ask(request).dropped).toEqual([name])
})

test('what one model does not take is dropped there alone', () => {
  expect(ask({ stop: 'x' }, 'openai.gpt-oss-120b-1:0')).toMatchObject({
    dropped: ['stop'],
    body: { inferenceConfig: {} },
  })
  expect(ask({ temperature: 0.5, top_p: 0.5 }, CLAUDE).dropped).toEqual(['top_p'])
  expect(ask({ temperature: 0.5 }, OPUS)).toMatchObject({
    dropped: ['temperature'],
    body: { inferenceConfig: {} },
  })
  expect(ask({ reasoning_effort: 'low' }, 'meta.llama3-3-70b-instruct-v1:0').dropped).toEqual([
    'reasoning_effort',
  ])
})

test.each([
  [{ web_search_options: {} }, 'web_search_options'],
  [{ modalities: ['audio'] }, 'modalities'],
  [{ service_tier: 'flex' }, 'service_tier'],
  [
    {
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] },
      ],
    },
    'messages[0].content[0].image_url.url',
  ],
  [
    {
      messages: [
        { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'A', format: 'wav' } }] },
      ],
    },
    'messages[0].content[0]',
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
    'messages[0].content[0].file.file_id',
  ],
])('%j is refused by name', (request, param) => {
  expect(refusalOf(() => ask(request))).toEqual(['unsupported_parameter', param])
})

describe('thinking', () => {
  test.each([
    [CLAUDE, 'low', { thinking: { type: 'enabled', budget_tokens: 6_400 } }],
    [CLAUDE, 'none', undefined],
    [
      OPUS,
      'high',
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } },
    ],
    [OPUS, 'none', undefined],
    ['openai.gpt-oss-120b-1:0', 'max', { reasoning_effort: 'high' }],
    ['global.openai.gpt-5.6-sol', 'xhigh', { reasoning: { effort: 'xhigh' } }],
    [NOVA, 'medium', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } }],
    [NOVA, 'none', { reasoningConfig: { type: 'disabled' } }],
  ])('%s with effort %s', (model, reasoning_effort, members) => {
    expect(ask({ reasoning_effort }, model).body.additionalModelRequestFields).toEqual(members as object)
  })

  test('a budget comes on top of the caller’s bound', () => {
    expect(ask({ reasoning_effort: 'low', max_tokens: 100 }, CLAUDE).body.inferenceConfig.maxTokens).toBe(
      6_500,
    )
  })
})

describe('messages', () => {
  test('leading instructions apart, turns that alternate, results together and first', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{"at":1}' } })
    const { body } = ask({
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'what?' },
        { role: 'assistant', content: 'I look.', tool_calls: [call('c1'), call('c 2')] },
        { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
        { role: 'tool', tool_call_id: 'c 2', content: '' },
        { role: 'system', content: 'now' },
        { role: 'user', content: ' ' },
      ],
      tools: [tool('look')],
    })
    const id = body.messages[1].content[2].toolUse.toolUseId
    expect(id).toMatch(/^tooluse_[0-9a-f]{22}$/)
    expect(body.system).toEqual([{ text: 'be kind' }])
    expect(body.messages).toEqual([
      { role: 'user', content: [{ text: 'what?' }] },
      {
        role: 'assistant',
        content: [
          { text: 'I look.' },
          { toolUse: { toolUseId: 'c1', name: 'look', input: { at: 1 } } },
          { toolUse: { toolUseId: id, name: 'look', input: { at: 1 } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'c1', content: [{ text: 'a cat' }], status: 'success' } },
          { toolResult: { toolUseId: id, content: [{ text: '(empty)' }], status: 'success' } },
          { text: 'now' },
        ],
      },
    ])
  })

  test('an assistant who begins is announced; thoughts of ours come back before their words', () => {
    const details = [
      { type: 'reasoning.text', format: 'bedrock-converse-v1', text: 'hm', signature: 's' },
      { type: 'reasoning.encrypted', format: 'bedrock-converse-v1', data: 'QQ==' },
      { type: 'reasoning.text', format: 'anthropic-claude-v1', text: 'not ours', signature: 's' },
    ]
    const { body } = ask({
      messages: [
        { role: 'assistant', content: 'Hi', reasoning_details: details },
        { role: 'user', content: 'x' },
      ],
    })
    expect(body.messages[0].role).toBe('user')
    expect(body.messages[1].content).toEqual([
      { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
      { reasoningContent: { redactedContent: 'QQ==' } },
      { text: 'Hi' },
    ])
  })

  test('images and documents as data, names of documents made plain and different, cache marks behind their part', () => {
    const file = {
      type: 'file',
      file: { file_data: 'data:application/pdf;base64,AA', filename: 'résumé_1.pdf' },
    }
    const { body } = ask({
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'image_url',
              image_url: { url: 'data:image/jpg;base64,BB' },
              cache_control: { ttl: '1h' },
            },
            { type: 'image_url', image_url: { url: 's3://bucket/cat.webp' } },
            file,
            file,
            { type: 'file', file: { file_data: 'JVBERi0x' } },
          ],
        },
      ],
    })
    expect(body.messages[0].content).toEqual([
      { image: { format: 'jpeg', source: { bytes: 'BB' } } },
      { cachePoint: { type: 'default', ttl: '1h' } },
      { image: { format: 'webp', source: { s3Location: { uri: 's3://bucket/cat.webp' } } } },
      { document: { format: 'pdf', name: 'r sum 1', source: { bytes: 'AA' } } },
      { document: { format: 'pdf', name: 'r sum 1 2', source: { bytes: 'AA' } } },
      { document: { format: 'pdf', name: 'document', source: { bytes: 'JVBERi0x' } } },
    ])
  })
})

describe('tools', () => {
  const both = [tool('a', { description: '', parameters: { properties: { x: {} } } }), tool('b')]
  test.each([
    [undefined, undefined],
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [tool('b'), { tool: { name: 'b' } }],
  ])('tool_choice %j is %j', (tool_choice, choice) => {
    const { toolConfig } = ask({ tools: both, tool_choice }).body
    expect(toolConfig.toolChoice).toEqual(choice)
    expect(toolConfig.tools).toEqual([
      { toolSpec: { name: 'a', inputSchema: { json: { type: 'object', properties: { x: {} } } } } },
      { toolSpec: { name: 'b', inputSchema: { json: { type: 'object', properties: {} } } } },
    ])
  })

  test('allowed ones are the only ones', () => {
    const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('b')] } }
    const { toolConfig } = ask({ tools: both, tool_choice }).body
    expect([toolConfig.tools.length, toolConfig.toolChoice]).toEqual([1, { any: {} }])
    expect(refusalOf(() => ask({ tools: both, tool_choice: tool('z') }))).toEqual([
      'invalid_value',
      'tool_choice',
    ])
  })

  test('that may not be called are not sent, but for a history that called some', () => {
    expect(ask({ tools: both, tool_choice: 'none' }).body).not.toHaveProperty('toolConfig')
    const messages = [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'old', arguments: '' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'y' },
    ]
    const { body } = ask({ messages })
    expect(body.toolConfig.tools[0].toolSpec.name).toBe('old')
    expect(body.system).toEqual([{ text: 'Answer in words: call no tool.' }])
    expect(ask({ messages, tools: both, tool_choice: 'none' }).body.toolConfig.tools).toHaveLength(2)
  })

  test('one at a time can be asked of Claude alone', () => {
    const request = { tools: both, parallel_tool_calls: false, tool_choice: 'required' }
    expect(ask(request, CLAUDE).body.additionalModelRequestFields).toEqual({
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    })
    expect(ask(request).dropped).toEqual(['parallel_tool_calls'])
  })

  test('a model that cannot be made to call is asked in words', () => {
    const { body } = ask({ tools: both, tool_choice: tool('b') }, FABLE)
    expect(body.toolConfig).not.toHaveProperty('toolChoice')
    expect(body.system).toEqual([{ text: 'Answer by calling the tool b, and with nothing else.' }])
  })
})

describe('JSON', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const response_format = { type: 'json_schema', json_schema: { name: 'x', description: 'An x.', schema } }

  test('by the vendor’s own schemas where the model has them', () => {
    const { body } = ask({ response_format }, CLAUDE)
    expect(body.outputConfig.textFormat).toEqual({
      type: 'json_schema',
      structure: { jsonSchema: { name: 'x', schema: JSON.stringify(schema) } },
    })
    expect(body).not.toHaveProperty('toolConfig')
  })

  test('else by a tool whose arguments are the answer', () => {
    expect(ask({ response_format }).body.toolConfig).toEqual({
      tools: [
        { toolSpec: { name: 'callmissed_json_answer', description: 'An x.', inputSchema: { json: schema } } },
      ],
      toolChoice: { tool: { name: 'callmissed_json_answer' } },
    })
    expect(refusalOf(() => ask({ response_format, tools: [tool('a')] }))).toEqual([
      'unsupported_parameter',
      'response_format',
    ])
  })

  test('else in words', () => {
    expect(ask({ response_format }, FABLE).body.system[0].text).toContain(JSON.stringify(schema))
    expect(ask({ response_format: { type: 'json_object' } }).body.system[0].text).toContain('one JSON object')
  })
})
