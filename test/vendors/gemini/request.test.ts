import { expect, test } from 'bun:test'
import { GatewayError } from '../../../src/errors'
import { ACCOUNT, ask } from './ask'

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

test('goes to the model’s own address with the account’s key in a header', () => {
  const { url, headers, body, dropped } = ask({})
  expect(url).toBe(
    'https://generativelanguage.googleapis.com/v1beta/models/gemini-3.1-pro-preview:generateContent',
  )
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    'x-goog-api-key': 'AIza-secret',
  })
  expect(body).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    generationConfig: { thinkingConfig: { includeThoughts: true } },
  })
  expect(dropped).toEqual([])
})

test('a stream is asked for as events, a model’s id cannot leave its place in the path', () => {
  expect(ask({ stream: true }, 'a/../b?x').url).toBe(
    `${ACCOUNT.baseUrl}/models/a%2F..%2Fb%3Fx:streamGenerateContent?alt=sse`,
  )
})

test('bounds and sampling have their names here', () => {
  const { body, dropped } = ask({
    max_completion_tokens: 100,
    temperature: 1.5,
    top_p: 0.5,
    top_k: 40,
    seed: 7,
    stop: ['a', 'b'],
    logprobs: true,
    top_logprobs: 3,
  })
  expect(body.generationConfig).toEqual({
    maxOutputTokens: 100,
    temperature: 1.5,
    topP: 0.5,
    topK: 40,
    seed: 7,
    stopSequences: ['a', 'b'],
    responseLogprobs: true,
    logprobs: 3,
    thinkingConfig: { includeThoughts: true },
  })
  expect(dropped).toEqual([])
})

test.each([
  [{ presence_penalty: 1 }, 'presence_penalty'],
  [{ frequency_penalty: 1 }, 'frequency_penalty'],
  [{ parallel_tool_calls: false }, 'parallel_tool_calls'],
  [{ user: 'u' }, 'safety_identifier'],
  [{ seed: 2 ** 40 }, 'seed'],
  [{ service_tier: 'auto' }, 'service_tier'],
  [{ logit_bias: { 1: 2 } }, 'logit_bias'],
  [{ metadata: { a: 'b' } }, 'metadata'],
  [{ a_field_of_nobody: 1 }, 'a_field_of_nobody'],
  [{ messages: [{ role: 'user', name: 'ann', content: 'x' }] }, 'messages[].name'],
])('%j is dropped by name', (request, name) => {
  const { dropped, body } = ask(request)
  expect(dropped).toEqual([name])
  expect(JSON.stringify(body)).not.toContain(name)
})

test.each([
  [{ stop: ['1', '2', '3', '4', '5', '6'] }, ['invalid_value', 'stop']],
  [{ service_tier: 'fast' }, ['unsupported_parameter', 'service_tier']],
  [{ service_tier: 'flex' }, ['unsupported_parameter', 'service_tier']],
  [{ modalities: ['text', 'audio'] }, ['unsupported_parameter', 'modalities']],
  [{ audio: { voice: 'x' } }, ['unsupported_parameter', 'audio']],
  [{ web_search_options: {} }, ['unsupported_parameter', 'web_search_options']],
  [{ top_k: 0 }, ['integer_below_min_value', 'top_k']],
  [{ reasoning_effort: 'huge' }, ['invalid_value', 'reasoning_effort']],
])('%j is refused by name', (request, refusal) => {
  expect(refusalOf(() => ask(request))).toEqual(refusal as [string, string])
})

test('JSON is asked for by its media type, with the schema where there is one', () => {
  const json = { responseMimeType: 'application/json' }
  expect(ask({ response_format: { type: 'json_object' } }).body.generationConfig).toMatchObject(json)
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const format = { type: 'json_schema', json_schema: { name: 'x', schema } }
  expect(ask({ response_format: format }).body.generationConfig).toMatchObject({
    ...json,
    responseJsonSchema: schema,
  })
  expect(ask({ response_format: { type: 'text' } }).body.generationConfig).not.toHaveProperty(
    'responseMimeType',
  )
})

test('a model that cannot do both is not asked for JSON and tools at once', () => {
  const both = {
    response_format: { type: 'json_object' },
    tools: [{ type: 'function', function: { name: 'f' } }],
  }
  expect(refusalOf(() => ask(both, 'gemini-2.5-flash'))).toEqual(['unsupported_parameter', 'response_format'])
  expect(ask(both, 'gemini-3.5-flash').body.generationConfig.responseMimeType).toBe('application/json')
})

test.each([
  ['gemini-2.5-flash', undefined, { includeThoughts: true }],
  ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
  ['gemini-2.5-flash', 'low', { includeThoughts: true, thinkingBudget: 1_024 }],
  ['gemini-2.5-flash', 'medium', { includeThoughts: true, thinkingBudget: 8_192 }],
  ['gemini-2.5-flash', 'max', { includeThoughts: true, thinkingBudget: 24_576 }],
  ['gemini-2.5-pro', 'none', { includeThoughts: true, thinkingBudget: 128 }],
  ['gemini-2.5-pro', 'xhigh', { includeThoughts: true, thinkingBudget: 32_768 }],
  ['gemini-3.5-flash', 'none', { includeThoughts: true, thinkingLevel: 'minimal' }],
  ['gemini-3.7-flash', 'minimal', { includeThoughts: true, thinkingLevel: 'low' }],
  ['gemini-3.1-pro-preview', 'none', { includeThoughts: true, thinkingLevel: 'low' }],
  ['gemini-3.1-pro-preview', 'medium', { includeThoughts: true, thinkingLevel: 'medium' }],
  ['gemini-4-argon', 'max', { includeThoughts: true, thinkingLevel: 'high' }],
])('%s thinks with effort %p as %j', (model, reasoning_effort, config) => {
  expect(ask({ reasoning_effort }, model).body.generationConfig.thinkingConfig).toEqual(config)
})

test('a model that does not think is told nothing of it', () => {
  const target = { capabilities: new Set<string>() }
  expect(ask({ reasoning_effort: 'low' }, 'gemma-4', target).body.generationConfig).toEqual({})
  expect(ask({ reasoning_effort: 'low' }, 'gemma-4', target).dropped).toEqual(['reasoning_effort'])
})

test('the vendor’s own members are taken as they are', () => {
  const safety = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }]
  const { body, dropped } = ask({ safety_settings: safety, cached_content: 'cachedContents/x' })
  expect(body).toMatchObject({ safetySettings: safety, cachedContent: 'cachedContents/x' })
  expect(dropped).toEqual([])
})
