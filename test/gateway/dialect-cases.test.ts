import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assistant, callOf, functionOf, HI, resultOf, type Spoken, speak } from './dialect-case'
import { claude } from './messages-text'

/*
 * Regression cases of other gateways that have no file of their dialect's own: `anthropic-chat`, `gemini-cases` and
 * `bedrock-cases` are those, `translated` what is alike everywhere, `test/vendors/compatible` OpenAI's family.
 */

let anthropic: Spoken
let cohere: Spoken
beforeAll(async () => {
  anthropic = await speak('anthropic', 'claude-opus-5-5')
  cohere = await speak('cohere', 'command-a-03-2025')
})
afterAll(async () => {
  await anthropic.stop()
  await cohere.stop()
})

test('case 13: thoughts that are handed back under another system text may be dropped by the vendor, not refused', async () => {
  const thought = { type: 'reasoning.text', format: 'anthropic-claude-v1', text: 'Hm.', signature: 'signed' }
  const calls = [callOf('toolu_1', 'f')]
  const messages = [
    { role: 'system' as const, content: 'Another text than the thought was bound to.' },
    HI,
    assistant({ tool_calls: calls, reasoning_content: 'Hm.', reasoning_details: [thought] }),
    resultOf('toolu_1'),
  ]
  await anthropic.streamed(claude(['ok']), { messages, tools: [functionOf('f')] })
  const { call, body } = await anthropic.sent()
  const { thinking, messages: told } = body
  expect(thinking.block_binding).toEqual({ prefix_mismatch_behavior: 'drop_block' })
  expect(told[1].content[0]).toEqual({ type: 'thinking', thinking: 'Hm.', signature: 'signed' })
  expect(call.headers).toContainEqual(['anthropic-beta', 'thinking-binding-controls-2026-08-01'])
})

test('case 25: Cohere’s plan is a thought, arguments that are null an empty object, and what it billed is the bill', async () => {
  const usage = {
    billed_units: { input_tokens: 12, output_tokens: 7 },
    tokens: { input_tokens: 507, output_tokens: 10 },
  }
  const call = { id: 'f_1', type: 'function', function: { name: 'f', arguments: null } }
  const message = { role: 'assistant', tool_plan: 'I will call f.', tool_calls: [call] }
  const answer = { id: 'c', message, finish_reason: 'TOOL_CALL', usage }
  expect(await cohere.whole(answer, { tools: [functionOf('f')] })).toEqual({
    text: '',
    reasoning: 'I will call f.',
    refusal: '',
    calls: [{ name: 'f', arguments: '{}' }],
    finish: 'tool_calls',
    figures: { input: 12, cached: 0, output: 7, reasoning: 0 },
  })
  expect((await cohere.gateway.record()).usage).toMatchObject({ inputTokens: 12, outputTokens: 7 })
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
