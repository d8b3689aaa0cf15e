import { describe, expect, test } from 'bun:test'
import { answerEvents } from '../../../src/vendors/bedrock/answer'
import { readError } from '../../../src/vendors/bedrock/error'
import { EventStreamFrames } from '../../../src/vendors/bedrock/event-stream'
import { StreamReader } from '../../../src/vendors/bedrock/stream'
import { readUsage } from '../../../src/vendors/bedrock/usage'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { NO_USAGE } from '../../../src/wire/usage'
import { jsonRecorded, orNone, readRecorded, recorded } from '../../recorded'

type Step = [name: string, body: object]

function read(...steps: Step[]): ChatEvent[] {
  const reader = new StreamReader()
  const events = steps.flatMap(([name, body]) => reader.push({ name, data: JSON.stringify(body) }))
  return [...events, ...reader.end()]
}

const START: Step = ['messageStart', { role: 'assistant' }]
const delta = (contentBlockIndex: number, given: object): Step => [
  'contentBlockDelta',
  { contentBlockIndex, delta: given, p: 'abcdef' },
]
const open = (contentBlockIndex: number, toolUse: object): Step => [
  'contentBlockStart',
  { contentBlockIndex, start: { toolUse } },
]
const close = (contentBlockIndex: number): Step => ['contentBlockStop', { contentBlockIndex }]
const stop = (stopReason: string): Step => ['messageStop', { stopReason }]
const raw = { inputTokens: 5, outputTokens: 7, totalTokens: 12 }
const METADATA: Step = ['metadata', { usage: raw, metrics: { latencyMs: 1 } }]
const USAGE: ChatEvent = {
  kind: 'usage',
  usage: { ...NO_USAGE, inputTokens: 5, outputTokens: 7 },
  raw,
  isFinal: true,
}
const started: ChatEvent = { kind: 'start', id: null, model: null, createdAt: null }

test('thoughts with their signature, texts, the end and the usage, in either order', () => {
  const said = [
    started,
    { kind: 'reasoning', choice: 0, text: 'Let ' },
    { kind: 'reasoning', choice: 0, text: 'me see' },
    {
      kind: 'reasoning_detail',
      choice: 0,
      detail: { type: 'reasoning.text', format: 'bedrock-converse-v1', text: 'Let me see', signature: 'sig' },
    },
    { kind: 'text', choice: 0, text: 'Three.' },
    { kind: 'finish', choice: 0, reason: 'stop', native: 'end_turn' },
    USAGE,
    { kind: 'done' },
  ]
  const steps = [
    START,
    delta(0, { reasoningContent: { text: 'Let ' } }),
    delta(0, { reasoningContent: { text: 'me see' } }),
    delta(0, { reasoningContent: { signature: 'sig' } }),
    close(0),
    delta(1, { text: 'Three.' }),
    close(1),
  ]
  expect(read(...steps, stop('end_turn'), METADATA)).toEqual(said as ChatEvent[])
  expect(read(...steps, METADATA, stop('end_turn'))).toEqual(said as ChatEvent[])
})

test('calls have slots of their own; one without arguments has none', () => {
  const events = read(
    START,
    delta(0, { text: 'I look.' }),
    open(1, { toolUseId: 'x', name: 'a' }),
    delta(1, { toolUse: { input: '{"q":' } }),
    delta(1, { toolUse: { input: '1}' } }),
    close(1),
    open(2, { toolUseId: 'y', name: 'b' }),
    close(2),
    stop('tool_use'),
    METADATA,
  )
  expect(events.slice(2, 8)).toEqual([
    { kind: 'tool_start', choice: 0, slot: 0, id: 'x', name: 'a' },
    { kind: 'tool_arguments', choice: 0, slot: 0, text: '{"q":' },
    { kind: 'tool_arguments', choice: 0, slot: 0, text: '1}' },
    { kind: 'tool_start', choice: 0, slot: 1, id: 'y', name: 'b' },
    { kind: 'tool_arguments', choice: 0, slot: 1, text: '{}' },
    { kind: 'finish', choice: 0, reason: 'tool_calls', native: 'tool_use' },
  ])
})

test('the arguments of the tool that is the answer are its text', () => {
  const events = read(
    START,
    open(0, { toolUseId: 'x', name: 'callmissed_json_answer' }),
    delta(0, { toolUse: { input: '{"a":1}' } }),
    close(0),
    stop('tool_use'),
    METADATA,
  )
  expect(events.slice(1, 3)).toEqual([
    { kind: 'text', choice: 0, text: '{"a":1}' },
    { kind: 'finish', choice: 0, reason: 'stop', native: 'tool_use' },
  ])
})

test.each([
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['a_new_one', 'stop'],
])('%s ends an answer by %s', (native, reason) => {
  expect(read(START, stop(native), METADATA)[1]).toMatchObject({ kind: 'finish', reason })
})

test('an end without figures is an end; without a reason it is none', () => {
  expect(read(START, delta(0, { text: 'x' }), stop('end_turn')).at(-1)).toEqual({ kind: 'done' })
  expect(read(START, delta(0, { text: 'x' }), METADATA).at(-1)).toEqual({
    kind: 'text',
    choice: 0,
    text: 'x',
  })
})

test('exceptions and outputs that nobody can use are failures, and nothing follows', () => {
  const failed = read(START, ['exception/throttlingException', { message: 'slow' }], delta(0, { text: 'x' }))
  expect(failed.at(-1)).toEqual({ kind: 'error', body: { message: 'slow', __type: 'throttlingException' } })
  expect(read(START, stop('malformed_tool_use'), METADATA).at(-1)).toMatchObject({ kind: 'error' })
  expect(new StreamReader().push({ name: 'messageStart', data: 'no json' })).toMatchObject([
    { kind: 'error' },
  ])
})

test('usage adds what was read from a cache and written to it, by its lifetime', () => {
  expect(
    readUsage({
      inputTokens: 10,
      cacheReadInputTokens: 20,
      cacheWriteInputTokens: 30,
      cacheDetails: [
        { ttl: '5m', inputTokens: 12 },
        { ttl: '1h', inputTokens: 18 },
      ],
      outputTokens: 4,
    }),
  ).toEqual({
    ...NO_USAGE,
    inputTokens: 60,
    cachedInputTokens: 20,
    cacheWriteTokens: 12,
    cacheWrite1hTokens: 18,
    outputTokens: 4,
  })
})

test.each([
  [undefined],
  [{}],
  [{ inputTokens: -1, outputTokens: 1 }],
  [{ inputTokens: 1.5, outputTokens: 1 }],
  [{ inputTokens: 1, outputTokens: 1, cacheDetails: [{ ttl: '1h', inputTokens: 2 }] }],
])('%j is no usage', value => {
  expect(readUsage(value)).toBeUndefined()
})

test.each([
  [{ message: 'Input is too long for requested model.' }, { code: 'context_length_exceeded' }],
  [
    { message: 'Too many tokens, please wait', __type: 'throttlingException' },
    { type: 'rate_limit', code: null },
  ],
  [{ message: 'x', __type: 'serviceUnavailableException' }, { type: 'unavailable' }],
  [{ message: 'x', __type: 'ServiceQuotaExceededException' }, { type: 'insufficient_quota' }],
  [{ message: 'The provided model identifier is invalid.' }, { code: 'model_not_found' }],
  [{ Message: 'User is not authorized' }, { message: 'User is not authorized', type: null }],
  [null, { message: null }],
  ['words', { message: 'words' }],
])('the error %j is read', (body, said) => {
  expect(readError(body)).toMatchObject(said)
})

const payloads = recorded('payloads of Bedrock')

/** What must hold of any whole answer, whatever it says. */
function expectWhole(events: ChatEvent[]): void {
  expect(events[0]).toEqual(started)
  expect(events.at(-1)).toEqual({ kind: 'done' })
  const usage = events.find(({ kind }) => kind === 'usage')
  if (usage?.kind === 'usage')
    expect(usage.usage.inputTokens + usage.usage.outputTokens).toBe(
      (usage.raw as { totalTokens: number }).totalTokens,
    )
  const calls = new Map<number, string>()
  for (const event of events)
    if (event.kind === 'tool_arguments') calls.set(event.slot, (calls.get(event.slot) ?? '') + event.text)
  for (const text of calls.values()) expect(JSON.parse(text)).toBeObject()
}

describe.skipIf(payloads.length === 0)('real answers', () => {
  test.each(orNone(payloads.filter(path => path.endsWith('.chunks.txt'))))('%s', path => {
    const lines = readRecorded(path).toString().split('\n').filter(Boolean)
    const steps = lines.flatMap(line => Object.entries(JSON.parse(line)) as Step[])
    const events = read(...steps)
    expectWhole(events)
    // Two of them were captured without their last event.
    expect(events.some(({ kind }) => kind === 'usage')).toBe(steps.some(([type]) => type === 'metadata'))
  })

  test.each(orNone([...payloads.filter(path => path.endsWith('.json')), ...recorded('answers of Bedrock')]))(
    '%s',
    path => expectWhole(answerEvents(jsonRecorded(path))),
  )

  test.each(orNone(recorded('streams of Bedrock')))('%s', path => {
    const reader = new StreamReader()
    const events: ChatEvent[] = []
    const frames = new EventStreamFrames(event => events.push(...reader.push(event)))
    frames.push(readRecorded(path))
    expectWhole([...events, ...reader.end()])
  })
})
