import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { Step } from '../vendor/step'
import { eventFrame, frame } from '../vendors/bedrock/frame'
import { assistant, callOf, functionOf, HI, resultOf, type Spoken, speak } from './dialect-case'

/* Regression cases of other gateways, by what was wrong there: OpenAI's own client in front, Bedrock behind. */

let bedrock: Spoken
beforeAll(async () => {
  bedrock = await speak('bedrock', 'eu.amazon.nova-pro-v1:0')
})
afterAll(() => bedrock.stop())

const BINARY: Step = { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' } }
const started = eventFrame('messageStart', '{"role":"assistant"}')
const said = (text: string) =>
  eventFrame('contentBlockDelta', JSON.stringify({ contentBlockIndex: 0, delta: { text } }))
const stopped = eventFrame('messageStop', '{"stopReason":"end_turn"}')
const metadata = eventFrame('metadata', '{"usage":{"inputTokens":25,"outputTokens":4,"totalTokens":29}}')

const thrown = frame(
  {
    ':exception-type': 'throttlingException',
    ':content-type': 'application/json',
    ':message-type': 'exception',
  },
  '{"message":"Too many tokens, please wait before trying again."}',
)

test('case 19: Bedrock’s figures may come before its end, its frames in bytes; what breaks off or fails is no end', async () => {
  const bytes = Buffer.concat([started, said('Grüß'), said(' Gott'), metadata, stopped])
  const every: Step[] = [BINARY, { split: 'every', gapMs: 0 }, { bytes }]
  expect(await bedrock.streamed(every)).toMatchObject({
    text: 'Grüß Gott',
    finish: 'stop',
    figures: { input: 25, output: 4 },
  })
  const cut = Buffer.concat([started, said('Hello'), said('lost')]).subarray(0, -5)
  await expect(bedrock.streamed([BINARY, { bytes: cut }])).rejects.toThrow('in the middle of the answer')
  const failing: Step[] = [BINARY, { bytes: Buffer.concat([started, said('Hello'), thrown]) }]
  await expect(bedrock.streamed(failing)).rejects.toThrow('Too many tokens')
})

const converse = (...content: object[]) => ({
  output: { message: { role: 'assistant', content } },
  stopReason: 'end_turn',
  usage: { inputTokens: 25, outputTokens: 4, totalTokens: 29 },
})

test('case 20: a history with calls names its tools to Bedrock, also where the request names none', async () => {
  const messages = [HI, assistant({ tool_calls: [callOf('tooluse_1', 'f')] }), resultOf('tooluse_1')]
  expect(await bedrock.whole(converse({ text: 'ok' }), { messages })).toMatchObject({ text: 'ok' })
  const { toolConfig, messages: told } = (await bedrock.sent()).body
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
  await bedrock.whole(converse({ text: 'ok' }), { messages, tools: [functionOf('f')] })
  const { messages: told } = (await bedrock.sent()).body
  const texts: string[] = [...JSON.stringify(told).matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text!)
  expect(texts).toContain('Hi')
  expect(texts.filter(text => text.trim() === '')).toEqual([])
})

test('case 22: “too many tokens, please wait” is a limit, not a prompt that is too long', async () => {
  const completions = await bedrock.script([
    {
      status: 429,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' },
    },
    { text: '{"message":"Too many tokens, please wait before trying again."}' },
  ])
  const limit = (failed: unknown) => {
    expect(failed).toBeInstanceOf(OpenAI.RateLimitError)
    expect(failed).toMatchObject({ code: 'upstream_rate_limited' })
  }
  limit(await completions.create({ model: 'm', messages: [HI] }).catch((error: unknown) => error))
  limit(await bedrock.streamed([BINARY, { bytes: thrown }]).catch((error: unknown) => error))
})
