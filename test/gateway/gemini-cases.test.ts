import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { Step } from '../vendor/step'
import { assistant, callOf, functionOf, HI, resultOf, type Spoken, speak } from './dialect-case'
import { JSON_HEAD, SSE } from './messages-text'

/* Regression cases of other gateways, by what was wrong there: OpenAI's own client in front, Gemini’s dialect behind. */

let gemini: Spoken
let vertex: Spoken
beforeAll(async () => {
  gemini = await speak('gemini', 'gemini-3-pro-preview')
  vertex = await speak('vertex', 'gemini-3-pro-preview')
})
afterAll(async () => {
  await gemini.stop()
  await vertex.stop()
})

const contents = (
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
  const chunks = await gemini.chunks(events(contents(parts), contents([{ text: '' }], STOP)), { tools })
  const calls = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []))
  const [f, g] = calls.filter(({ id }) => id) as [CallPiece, CallPiece]
  expect(f).toMatchObject({ index: 0, extra_content: { google: { thought_signature: 'signed' } } })
  expect(g).not.toHaveProperty('extra_content')

  const handedBack = [f, g].map(({ index: _, ...call }) => ({
    ...call,
    function: { ...call.function, arguments: '{}' },
  }))
  const history = [HI, assistant({ tool_calls: handedBack }), resultOf(f.id), resultOf(g.id)]
  await gemini.whole(contents([{ text: 'ok' }], STOP), { messages: history, tools })
  const signaturesIn = async () =>
    (await gemini.sent()).body.contents[1].parts.map(
      (part: { thoughtSignature?: string }) => part.thoughtSignature,
    )
  expect(await signaturesIn()).toEqual(['signed', undefined])

  const elsewhere = [
    HI,
    assistant({ tool_calls: [callOf('call_1', 'f'), callOf('call_2', 'g')] }),
    resultOf('call_1'),
    resultOf('call_2'),
  ]
  await gemini.whole(contents([{ text: 'ok' }], STOP), { messages: elsewhere, tools })
  expect(await signaturesIn()).toEqual(['skip_thought_signature_validator', undefined])
})

test('case 16: arguments that come by their paths are one JSON, nested, in lists, and without a last word', async () => {
  const piece = (jsonPath: string, value: object) =>
    contents([{ functionCall: { partialArgs: [{ jsonPath, ...value }], willContinue: true } }], {}, {})
  const heard = await vertex.streamed(
    events(
      contents([{ functionCall: { name: 'cook', willContinue: true } }], {}, { trafficType: 'ON_DEMAND' }),
      piece('$.recipe.parts[0].name', { stringValue: 'Eg', willContinue: true }),
      piece('$.recipe.parts[0].name', { stringValue: 'g' }),
      piece('$.recipe.parts[0].amount', { numberValue: 1.5 }),
      piece('$.recipe.parts[1].name', { stringValue: 'Salt' }),
      piece('$.recipe.steps[0]', { stringValue: 'Say "stir"' }),
      piece('$.isHot', { boolValue: true }),
      contents([{ text: '' }], STOP),
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
  const completions = await gemini.script([
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
  const { figures } = await gemini.streamed(events(contents([{ text: 'Three' }], STOP, usage)))
  expect(figures).toEqual({ input: 9, cached: 0, output: 190, reasoning: 185 })
})
