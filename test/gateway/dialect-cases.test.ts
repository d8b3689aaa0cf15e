import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { VENDORS } from '../../src/catalog/vendors'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { heardInAnswer, heardInChunks } from '../recordings/said'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { eventFrame, frame } from '../vendors/bedrock/frame'
import { claude, JSON_HEAD, SSE } from './messages-text'
import { CREDENTIAL, startGateway, type TestGateway } from './start-gateway'

/*
 * Regression cases of other gateways, by what was wrong there: OpenAI's own client in front, behind it the dialects that have
 * no file of their own. `anthropic-chat.test.ts` has Anthropic's, `test/vendors/compatible` those of OpenAI's family.
 */

const MODELS = {
  anthropic: 'claude-opus-5-5',
  gemini: 'gemini-3-pro-preview',
  vertex: 'gemini-3-pro-preview',
  bedrock: 'eu.amazon.nova-pro-v1:0',
  cohere: 'command-a-03-2025',
}
type Name = keyof typeof MODELS

let vendor: Vendor
const gateways = new Map<Name, TestGateway>()
beforeAll(async () => {
  vendor = await startVendor()
  for (const [name, deployment] of Object.entries(MODELS)) gateways.set(name as Name, begin(name, deployment))
})
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway.stop()
  await vendor.stop()
})

function begin(name: string, deployment: string): TestGateway {
  const { keyVariable: _, ...facts } = VENDORS.find(known => known.name === name)!
  return startGateway({
    vendors: { [name]: vendor.url },
    deployment,
    capabilities: ['streaming', 'tools', 'parallel_tools', 'json_mode'],
    account: ({ baseUrl }) => ({
      ...facts,
      baseUrl,
      credential: CREDENTIAL,
      headers: { 'x-script': 'case' },
      timeouts: DEFAULT_TIMEOUTS,
      google: { project: 'p', location: 'l' },
      aws: { region: 'us-east-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    }),
  })
}

type Asked = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>
const HI: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'Hi' }

async function script(name: Name, steps: Step[]) {
  const { url, key, forgetRecords } = gateways.get(name)!
  await forgetRecords()
  await vendor.clear()
  await vendor.script('case', steps)
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }).chat.completions
}

async function whole(name: Name, answer: object, asked: Asked = {}) {
  const completions = await script(name, [JSON_HEAD, { text: JSON.stringify(answer) }])
  return heardInAnswer(await completions.create({ model: 'm', messages: [HI], ...asked }))
}

async function chunksOf(name: Name, steps: Step[], asked: Asked = {}) {
  const completions = await script(name, steps)
  const request = { model: 'm', messages: [HI], ...asked }
  const options = { stream: true, stream_options: { include_usage: true } } as const
  return Array.fromAsync(await completions.create({ ...request, ...options }))
}

async function streamed(name: Name, steps: Step[], asked: Asked = {}) {
  return heardInChunks(await chunksOf(name, steps, asked))
}

/** The last request that the vendor got. */
// biome-ignore lint/suspicious/noExplicitAny: of each vendor's request a test reads a part
async function sent(): Promise<any> {
  return JSON.parse((await vendor.calls()).at(-1)!.body!.toString())
}

const functionOf = (name: string) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: {} } },
})
const callOf = (id: string, name: string, more: object = {}) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: '{}' },
  ...more,
})
const resultOf = (id: string): OpenAI.ChatCompletionMessageParam => ({
  role: 'tool',
  tool_call_id: id,
  content: 'done',
})
const assistant = (more: object) =>
  ({ role: 'assistant', content: null, ...more }) as OpenAI.ChatCompletionMessageParam

test('case 13: thoughts that are handed back under another system text may be dropped by the vendor, not refused', async () => {
  const thought = { type: 'reasoning.text', format: 'anthropic-claude-v1', text: 'Hm.', signature: 'signed' }
  const calls = [callOf('toolu_1', 'f')]
  const messages = [
    { role: 'system' as const, content: 'Another text than the thought was bound to.' },
    HI,
    assistant({ tool_calls: calls, reasoning_content: 'Hm.', reasoning_details: [thought] }),
    resultOf('toolu_1'),
  ]
  await streamed('anthropic', claude(['ok']), { messages, tools: [functionOf('f')] })
  const { thinking, messages: told } = await sent()
  expect(thinking.block_binding).toEqual({ prefix_mismatch_behavior: 'drop_block' })
  expect(told[1].content[0]).toEqual({ type: 'thinking', thinking: 'Hm.', signature: 'signed' })
  const [call] = await vendor.calls()
  expect(call!.headers).toContainEqual(['anthropic-beta', 'thinking-binding-controls-2026-08-01'])
})

const gemini = (
  parts: object[],
  more: object = {},
  usageMetadata: object = { promptTokenCount: 9, candidatesTokenCount: 5 },
) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  usageMetadata,
})
type CallPiece = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall & { id: string }
const STOP = { finishReason: 'STOP' }
const events = (...bodies: object[]): Step[] => [
  SSE,
  ...bodies.map(body => ({ chunk: `data: ${JSON.stringify(body)}` })),
]

test('case 15: of parallel calls the one that was signed keeps its signature, another vendor’s call says that it has none', async () => {
  const tools = [functionOf('f'), functionOf('g')]
  const parts = [
    { functionCall: { name: 'f', args: {} }, thoughtSignature: 'signed' },
    { functionCall: { name: 'g', args: {} } },
  ]
  const chunks = await chunksOf('gemini', events(gemini(parts), gemini([{ text: '' }], STOP)), { tools })
  const calls = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []))
  const [f, g] = calls.filter(({ id }) => id) as [CallPiece, CallPiece]
  expect(f).toMatchObject({ index: 0, extra_content: { google: { thought_signature: 'signed' } } })
  expect(g).not.toHaveProperty('extra_content')

  const handedBack = [f, g].map(({ index: _, ...call }) => ({
    ...call,
    function: { ...call.function, arguments: '{}' },
  }))
  const history = [HI, assistant({ tool_calls: handedBack }), resultOf(f.id), resultOf(g.id)]
  await whole('gemini', gemini([{ text: 'ok' }], STOP), { messages: history, tools })
  const signaturesIn = async () =>
    (await sent()).contents[1].parts.map((part: { thoughtSignature?: string }) => part.thoughtSignature)
  expect(await signaturesIn()).toEqual(['signed', undefined])

  const elsewhere = [
    HI,
    assistant({ tool_calls: [callOf('call_1', 'f'), callOf('call_2', 'g')] }),
    resultOf('call_1'),
    resultOf('call_2'),
  ]
  await whole('gemini', gemini([{ text: 'ok' }], STOP), { messages: elsewhere, tools })
  expect(await signaturesIn()).toEqual(['skip_thought_signature_validator', undefined])
})

test('case 16: arguments that come by their paths are one JSON, nested, in lists, and without a last word', async () => {
  const piece = (jsonPath: string, value: object) =>
    gemini([{ functionCall: { partialArgs: [{ jsonPath, ...value }], willContinue: true } }], {}, {})
  const heard = await streamed(
    'vertex',
    events(
      gemini([{ functionCall: { name: 'cook', willContinue: true } }], {}, { trafficType: 'ON_DEMAND' }),
      piece('$.recipe.parts[0].name', { stringValue: 'Eg', willContinue: true }),
      piece('$.recipe.parts[0].name', { stringValue: 'g' }),
      piece('$.recipe.parts[0].amount', { numberValue: 1.5 }),
      piece('$.recipe.parts[1].name', { stringValue: 'Salt' }),
      piece('$.recipe.steps[0]', { stringValue: 'Say "stir"' }),
      piece('$.isHot', { boolValue: true }),
      gemini([{ text: '' }], STOP),
    ),
    { tools: [functionOf('cook')] },
  )
  expect(heard.finish).toBe('tool_calls')
  expect(heard.calls.map(({ name, arguments: given }) => [name, JSON.parse(given)])).toEqual([
    [
      'cook',
      {
        recipe: { parts: [{ name: 'Egg', amount: 1.5 }, { name: 'Salt' }], steps: ['Say "stir"'] },
        isHot: true,
      },
    ],
  ])
})

test('case 17: a wait of 34.4 s that stands in the error’s details is the caller’s header, in seconds and in milliseconds', async () => {
  const error = {
    code: 429,
    message: 'Quota exceeded.',
    status: 'RESOURCE_EXHAUSTED',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }],
  }
  const completions = await script('gemini', [
    { ...JSON_HEAD, status: 429 } as Step,
    { text: JSON.stringify({ error }) },
  ])
  const failed = await completions.create({ model: 'm', messages: [HI] }).catch((thrown: unknown) => thrown)
  expect(failed).toBeInstanceOf(OpenAI.RateLimitError)
  const { headers } = failed as InstanceType<typeof OpenAI.APIError>
  expect([headers?.get('retry-after'), headers?.get('retry-after-ms')]).toEqual(['35', '34400'])
})

test('case 18: what Gemini thought is part of the completion', async () => {
  const usage = {
    promptTokenCount: 9,
    candidatesTokenCount: 5,
    thoughtsTokenCount: 185,
    totalTokenCount: 199,
  }
  const { figures } = await streamed('gemini', events(gemini([{ text: 'Three' }], STOP, usage)))
  expect(figures).toEqual({ input: 9, cached: 0, output: 190, reasoning: 185 })
})

const BINARY: Step = { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' } }
const started = eventFrame('messageStart', '{"role":"assistant"}')
const said = (text: string) =>
  eventFrame('contentBlockDelta', JSON.stringify({ contentBlockIndex: 0, delta: { text } }))
const stopped = eventFrame('messageStop', '{"stopReason":"end_turn"}')
const metadata = eventFrame('metadata', '{"usage":{"inputTokens":25,"outputTokens":4,"totalTokens":29}}')

test('case 19: Bedrock’s figures may come before its end, its frames in bytes; what breaks off or fails is no end', async () => {
  const bytes = Buffer.concat([started, said('Grüß'), said(' Gott'), metadata, stopped])
  const every: Step[] = [BINARY, { split: 'every', gapMs: 0 }, { bytes }]
  expect(await streamed('bedrock', every)).toMatchObject({
    text: 'Grüß Gott',
    finish: 'stop',
    figures: { input: 25, output: 4 },
  })
  const cut = Buffer.concat([started, said('Hello'), said('lost')]).subarray(0, -5)
  await expect(streamed('bedrock', [BINARY, { bytes: cut }])).rejects.toThrow('in the middle of the answer')
  const thrown = frame(
    {
      ':exception-type': 'throttlingException',
      ':content-type': 'application/json',
      ':message-type': 'exception',
    },
    '{"message":"Too many tokens, please wait before trying again."}',
  )
  const failing: Step[] = [BINARY, { bytes: Buffer.concat([started, said('Hello'), thrown]) }]
  await expect(streamed('bedrock', failing)).rejects.toThrow('Too many tokens')
})

const converse = (...content: object[]) => ({
  output: { message: { role: 'assistant', content } },
  stopReason: 'end_turn',
  usage: { inputTokens: 25, outputTokens: 4, totalTokens: 29 },
})

test('case 20: a history with calls names its tools to Bedrock, also where the request names none', async () => {
  const messages = [HI, assistant({ tool_calls: [callOf('tooluse_1', 'f')] }), resultOf('tooluse_1')]
  expect(await whole('bedrock', converse({ text: 'ok' }), { messages })).toMatchObject({ text: 'ok' })
  const { toolConfig, messages: told } = await sent()
  expect(toolConfig.tools.map((tool: { toolSpec: { name: string } }) => tool.toolSpec.name)).toEqual(['f'])
  expect(told[1].content[0].toolUse).toMatchObject({ toolUseId: 'tooluse_1', name: 'f' })
})

test('case 21: no empty text goes to Bedrock', async () => {
  const messages = [
    {
      role: 'user' as const,
      content: [
        { type: 'text' as const, text: '' },
        { type: 'text' as const, text: 'Hi' },
      ],
    },
    assistant({ content: '', tool_calls: [callOf('tooluse_1', 'f')] }),
    resultOf('tooluse_1'),
    assistant({ content: '  ' }),
    HI,
  ]
  await whole('bedrock', converse({ text: 'ok' }), { messages, tools: [functionOf('f')] })
  const { messages: told } = await sent()
  const texts: string[] = [...JSON.stringify(told).matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text!)
  expect(texts).toContain('Hi')
  expect(texts.filter(text => text.trim() === '')).toEqual([])
})

test('case 22: “too many tokens, please wait” is a limit, not a prompt that is too long', async () => {
  const completions = await script('bedrock', [
    {
      status: 429,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' },
    },
    { text: '{"message":"Too many tokens, please wait before trying again."}' },
  ])
  const failed = await completions.create({ model: 'm', messages: [HI] }).catch((thrown: unknown) => thrown)
  expect(failed).toBeInstanceOf(OpenAI.RateLimitError)
  expect(failed).toMatchObject({ code: 'upstream_rate_limited' })
})

test('case 25: Cohere’s plan is a thought, arguments that are null an empty object, and what it billed is the bill', async () => {
  const usage = {
    billed_units: { input_tokens: 12, output_tokens: 7 },
    tokens: { input_tokens: 507, output_tokens: 10 },
  }
  const call = { id: 'f_1', type: 'function', function: { name: 'f', arguments: null } }
  const message = { role: 'assistant', tool_plan: 'I will call f.', tool_calls: [call] }
  const answer = { id: 'c', message, finish_reason: 'TOOL_CALL', usage }
  expect(await whole('cohere', answer, { tools: [functionOf('f')] })).toEqual({
    text: '',
    reasoning: 'I will call f.',
    refusal: '',
    calls: [{ name: 'f', arguments: '{}' }],
    finish: 'tool_calls',
    figures: { input: 12, cached: 0, output: 7, reasoning: 0 },
  })
  expect((await gateways.get('cohere')!.record()).usage).toMatchObject({ inputTokens: 12, outputTokens: 7 })
})

test('each of the 37 cases has a test that is called by its number', () => {
  const folder = join(import.meta.dir, '..')
  const files = readdirSync(folder, { recursive: true }).map(String)
  const numbers = files
    .filter(file => /^(?:gateway|vendors|wire)\/.*\.test\.ts$/.test(file))
    .flatMap(file => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/\btest[^'`\n]*['`](?:case )?((?:\d+, )*\d+): /g),
    ])
    .flatMap(([, listed]) => listed!.split(', ').map(Number))
  const missing = Array.from({ length: 37 }, (_, at) => at + 1).filter(each => !numbers.includes(each))
  expect(missing).toEqual([])
})
