import { expect, test } from 'bun:test'
import { answerEvents } from '../../../src/vendors/anthropic/answer'
import { ofKind, textOf } from './read'

const answer = (members: object) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-7',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 30 },
  ...members,
})

test('a whole answer says what its stream would have said', () => {
  expect(answerEvents(answer({}))).toEqual([
    { kind: 'start', id: 'msg_1', model: 'claude-opus-4-7', createdAt: null },
    { kind: 'text', choice: 0, text: 'Hello' },
    { kind: 'finish', choice: 0, reason: 'stop', native: 'end_turn' },
    expect.objectContaining({ kind: 'usage', isFinal: true }),
    { kind: 'done' },
  ])
})

test('thoughts, citations and calls are told in their order', () => {
  const events = answerEvents(
    answer({
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'text', text: 'a', citations: [{ type: 'char_location', cited_text: 'x' }] },
        { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
        { type: 'tool_use', id: 'toolu_2', name: 'g', input: { a: [1] } },
      ],
      stop_reason: 'tool_use',
    }),
  )
  expect(events.map(({ kind }) => kind)).toEqual([
    'start',
    'reasoning',
    'reasoning_detail',
    'text',
    'citation',
    'tool_start',
    'tool_arguments',
    'tool_start',
    'tool_arguments',
    'finish',
    'usage',
    'done',
  ])
  expect(ofKind(events, 'tool_arguments').map(({ text }) => text)).toEqual(['{}', '{"a":[1]}'])
})

test('a refusal without content has its explanation', () => {
  const stop = { stop_reason: 'refusal', stop_details: { explanation: 'No.' } }
  const events = answerEvents(answer({ content: [], ...stop }))
  expect(ofKind(events, 'refusal')).toEqual([{ kind: 'refusal', choice: 0, text: 'No.' }])
  expect(textOf(events)).toBe('')
})

test.each([[null], ['text'], [{ type: 'error', error: { type: 'api_error' } }], [answer({ content: 'x' })]])(
  '%j is no answer',
  body => {
    expect(answerEvents(body)).toEqual([{ kind: 'error', body }])
  },
)
