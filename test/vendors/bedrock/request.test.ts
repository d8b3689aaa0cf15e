import { describe, expect, test } from 'bun:test'
import { ACCOUNT, ask, CLAUDE, NOVA, refusalOf } from './ask'

const OPUS = 'anthropic.claude-opus-4-7'

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
