import { expect, test } from 'bun:test'
import type { ChatEvent } from '../../src/wire/chat-event'
import type { AnswerOptions } from '../../src/wire/chunk-writer'
import { completionOf } from '../../src/wire/completion'

const OPTIONS: AnswerOptions = {
  head: { id: 'own', createdAt: 1, model: 'm' },
  usesFunctions: false,
  customTools: new Set<string>(),
  newCallId: () => 'call_new',
}
const END: ChatEvent = { kind: 'finish', choice: 0, reason: 'stop', native: 'end_turn' }

function completion(events: ChatEvent[], options: Partial<AnswerOptions> = {}) {
  const made = completionOf(events, { ...OPTIONS, ...options })
  return made && { ...made, body: JSON.parse(Buffer.from(made.bytes).toString()) }
}
const choiceOf = (events: ChatEvent[], options: Partial<AnswerOptions> = {}) =>
  completion(events, options)?.body.choices[0]

test('wire 54-56: a whole answer has every member that OpenAI’s has, and no usage yet', () => {
  expect(
    completion([
      { kind: 'start', id: 'v', model: 'vm', createdAt: 7 },
      { kind: 'text', choice: 0, text: 'Hel' },
      { kind: 'text', choice: 0, text: 'lo' },
      END,
      { kind: 'done' },
    ])?.body,
  ).toEqual({
    id: 'v',
    object: 'chat.completion',
    created: 7,
    model: 'vm',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello', refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
        native_finish_reason: 'end_turn',
      },
    ],
  })
})

test('wire 57, 58: calls have ids, types and text arguments, and content is null beside them alone', () => {
  const calls: ChatEvent[] = [
    { kind: 'tool_start', choice: 0, slot: 0, id: null, name: 'f' },
    { kind: 'tool_start', choice: 0, slot: 1, id: 'b', name: 'g', signature: 'sig' },
    { kind: 'tool_arguments', choice: 0, slot: 1, text: '{"a":1}' },
  ]
  expect(choiceOf([...calls, END])).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: null,
      tool_calls: [
        { id: 'call_new', type: 'function', function: { name: 'f', arguments: '{}' } },
        {
          id: 'b',
          type: 'function',
          function: { name: 'g', arguments: '{"a":1}' },
          extra_content: { google: { thought_signature: 'sig' } },
        },
      ],
    },
  })
  expect(choiceOf([{ kind: 'text', choice: 0, text: 'I call.' }, ...calls, END])?.message.content).toBe(
    'I call.',
  )
  expect(choiceOf([END])?.message.content).toBe('')
})

test('44: a custom tool is called as one', () => {
  const choice = choiceOf(
    [
      { kind: 'tool_start', choice: 0, slot: 0, id: 'a', name: 'run' },
      { kind: 'tool_arguments', choice: 0, slot: 0, text: '{"input":"ls"}' },
      END,
    ],
    { customTools: new Set(['run']) },
  )
  expect(choice?.message.tool_calls).toEqual([
    { id: 'a', type: 'custom', custom: { name: 'run', input: 'ls' } },
  ])
})

test('thoughts, refusals, sources and logprobs have their members', () => {
  expect(
    choiceOf([
      { kind: 'reasoning', choice: 0, text: 'h' },
      { kind: 'reasoning', choice: 0, text: 'm' },
      { kind: 'reasoning_detail', choice: 0, detail: { type: 't' } },
      { kind: 'refusal', choice: 0, text: 'No.' },
      { kind: 'citation', choice: 0, annotation: { type: 'url_citation' } },
      { kind: 'extra', choice: 0, member: 'logprobs', value: { content: [] } },
      END,
    ]),
  ).toMatchObject({
    logprobs: { content: [] },
    message: {
      content: null,
      reasoning_content: 'hm',
      reasoning_details: [{ type: 't' }],
      refusal: 'No.',
      annotations: [{ type: 'url_citation' }],
    },
  })
})

test('wire 53: the deprecated functions are called by function_call', () => {
  const call: ChatEvent = { kind: 'tool_start', choice: 0, slot: 0, id: 'a', name: 'f' }
  const choice = choiceOf([call, END], { usesFunctions: true })
  expect(choice.finish_reason).toBe('function_call')
  expect(choice.message.function_call).toEqual({ name: 'f', arguments: '{}' })
  expect(choice.message).not.toHaveProperty('tool_calls')
})

test('the texts are what has to be counted', () => {
  expect(
    completion([
      { kind: 'text', choice: 0, text: 'a' },
      { kind: 'reasoning', choice: 0, text: 'b' },
      { kind: 'tool_start', choice: 0, slot: 0, id: 'x', name: 'c' },
      { kind: 'tool_arguments', choice: 0, slot: 0, text: 'd' },
      END,
    ])?.texts,
  ).toEqual(['a', 'b', 'c', 'd'])
})

test('an answer without a choice, or with one that has no end, is none', () => {
  expect(completion([])).toBeUndefined()
  expect(completion([{ kind: 'text', choice: 0, text: 'a' }])).toBeUndefined()
  expect(completion([{ kind: 'text', choice: 1, text: 'a' }, END])).toBeUndefined()
})
