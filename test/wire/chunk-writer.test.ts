import { expect, test } from 'bun:test'
import type { ChatEvent } from '../../src/wire/chat-event'
import { type AnswerOptions, ChunkWriter } from '../../src/wire/chunk-writer'

const START: ChatEvent = { kind: 'start', id: 'v-1', model: 'vendor-model', createdAt: 5 }
const END: ChatEvent = { kind: 'finish', choice: 0, reason: 'stop', native: null }
const text = (said: string, choice = 0): ChatEvent => ({ kind: 'text', choice, text: said })
const begin = (slot: number, id: string | null, name: string): ChatEvent => ({
  kind: 'tool_start',
  choice: 0,
  slot,
  id,
  name,
})
const piece = (slot: number, said: string): ChatEvent => ({
  kind: 'tool_arguments',
  choice: 0,
  slot,
  text: said,
})

interface Chunk {
  id: string
  created: number
  model: string
  usage?: null
  choices: [{ index: number; delta: Record<string, unknown>; finish_reason: string | null }]
}

function write(events: ChatEvent[], options: Partial<AnswerOptions> = {}, includeUsage = false): Chunk[] {
  let count = 0
  const writer = new ChunkWriter(
    {
      head: { id: 'own', createdAt: 1, model: 'm' },
      usesFunctions: false,
      customTools: new Set<string>(),
      newCallId: () => `call_${count++}`,
      ...options,
    },
    includeUsage,
  )
  const written = events.map(event => writer.write(event)).join('')
  return written
    .split('\n\n')
    .filter(event => event !== '')
    .map(event => JSON.parse(event.slice('data: '.length)))
}

const deltas = (events: ChatEvent[], options: Partial<AnswerOptions> = {}) =>
  write(events, options).map(({ choices }) => choices[0].delta)

test('wire 64, 65, 69: the role once and first, then the text, then one end with an empty delta', () => {
  const chunks = write([START, text('Hé'), text(''), text('"\n'), END, END])
  expect(chunks.map(({ choices }) => choices[0])).toEqual([
    { index: 0, delta: { role: 'assistant', content: '', refusal: null }, finish_reason: null },
    { index: 0, delta: { content: 'Hé' }, finish_reason: null },
    { index: 0, delta: { content: '"\n' }, finish_reason: null },
    { index: 0, delta: {}, finish_reason: 'stop' },
  ])
})

test('wire 66: id, time and model are the vendor’s, else our own, and the same on every chunk', () => {
  const names = (events: ChatEvent[]) => [
    ...new Set(write(events).map(({ id, created, model }) => `${id} ${created} ${model}`)),
  ]
  const again: ChatEvent = { kind: 'start', id: 'v-2', model: 'other', createdAt: 9 }
  expect(names([START, text('a'), again, text('b'), END])).toEqual(['v-1 5 vendor-model'])
  expect(names([text('a'), START, END])).toEqual(['own 1 m'])
  expect(names([{ kind: 'start', id: null, model: null, createdAt: null }, text('a'), END])).toEqual([
    'own 1 m',
  ])
})

test('wire 76: usage is null on every chunk for who asked for it, and no key for who did not', () => {
  expect(write([text('a'), END], {}, true).every(chunk => chunk.usage === null)).toBe(true)
  expect(write([text('a'), END]).every(chunk => !('usage' in chunk))).toBe(true)
})

test('wire 70, 71: a call says its id, type and name once, and each has its slot', () => {
  expect(
    deltas([begin(0, 'a', 'f'), piece(0, '{"x":'), begin(1, null, 'g'), piece(0, '1}'), piece(1, '{}'), END]),
  ).toEqual([
    { role: 'assistant', content: null, refusal: null },
    { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] },
    { tool_calls: [{ index: 1, id: 'call_0', type: 'function', function: { name: 'g', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
    { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
    {},
  ])
})

test('wire 72: an answer with calls ends for them, one without does not, and other ends stay', () => {
  const reasonOf = (events: ChatEvent[]) => write(events).at(-1)?.choices[0].finish_reason
  const ended = (reason: 'stop' | 'length' | 'tool_calls'): ChatEvent => ({ ...END, reason }) as ChatEvent
  expect(reasonOf([begin(0, 'a', 'f'), ended('stop')])).toBe('tool_calls')
  expect(reasonOf([begin(0, 'a', 'f'), ended('length')])).toBe('length')
  expect(reasonOf([text('a'), ended('tool_calls')])).toBe('stop')
})

test('a call without arguments gets an empty object of them before the end', () => {
  expect(deltas([begin(0, 'a', 'f'), piece(0, ''), END]).slice(2)).toEqual([
    { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
    {},
  ])
})

test('the vendor’s own word for the end stands beside ours where it is another one', () => {
  const native = (word: string) =>
    write([text('a'), { kind: 'finish', choice: 0, reason: 'stop', native: word }]).at(-1)?.choices[0]
  expect(native('end_turn')).toMatchObject({ finish_reason: 'stop', native_finish_reason: 'end_turn' })
  expect(native('stop')).not.toHaveProperty('native_finish_reason')
})

test('thoughts, their state, refusals, sources and a call’s signature have members of their own', () => {
  const detail = { type: 'reasoning.encrypted', data: 'x' }
  const annotation = { type: 'url_citation' }
  expect(
    deltas([
      { kind: 'reasoning', choice: 0, text: 'hm' },
      { kind: 'reasoning_detail', choice: 0, detail },
      { kind: 'refusal', choice: 0, text: 'No.' },
      { kind: 'citation', choice: 0, annotation },
      { kind: 'extra', choice: 0, member: 'images', value: [1] },
      { ...begin(0, 'a', 'f'), signature: 'sig' } as ChatEvent,
    ]),
  ).toEqual([
    { role: 'assistant', content: null, refusal: null },
    { reasoning_content: 'hm' },
    { reasoning_details: [detail] },
    { refusal: 'No.' },
    { annotations: [annotation] },
    { images: [1] },
    {
      tool_calls: [
        {
          index: 0,
          id: 'a',
          type: 'function',
          function: { name: 'f', arguments: '' },
          extra_content: { google: { thought_signature: 'sig' } },
        },
      ],
    },
  ])
})

test('logprobs stand beside the delta, as at OpenAI', () => {
  const [, chunk] = write([{ kind: 'extra', choice: 0, member: 'logprobs', value: { content: [] } }])
  expect(chunk?.choices[0]).toEqual({
    index: 0,
    delta: {},
    logprobs: { content: [] },
    finish_reason: null,
  } as never)
})

test('wire 68: choice 0 is opened first, whichever speaks first', () => {
  const chunks = write([text('b', 1), text('a', 0), { ...END, choice: 1 } as ChatEvent, END])
  expect(chunks.map(({ choices }) => [choices[0].index, choices[0].delta.content ?? null])).toEqual([
    [0, ''],
    [1, ''],
    [1, 'b'],
    [0, 'a'],
    [1, null],
    [0, null],
  ])
})

test('wire 53: the deprecated functions are called by function_call, the first call alone', () => {
  const options = { usesFunctions: true }
  const events = [begin(0, 'a', 'f'), piece(0, '{"x":1}'), begin(1, 'b', 'g'), piece(1, '{}'), END]
  expect(deltas(events, options)).toEqual([
    { role: 'assistant', content: null, refusal: null },
    { function_call: { name: 'f', arguments: '' } },
    { function_call: { arguments: '{"x":1}' } },
    {},
  ])
  expect(write(events, options).at(-1)?.choices[0].finish_reason).toBe('function_call')
})

test('44: a custom tool is called as one, its text out of the wrapping that a vendor without them needs', () => {
  const start = (members: object) => ({ ...begin(0, 'a', 'run'), ...members }) as ChatEvent
  const input = (events: ChatEvent[]) =>
    deltas(events, { customTools: new Set(['run']) }).slice(1, -1) as { tool_calls: [object] }[]
  const expected = [
    { tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'run', input: '' } }] },
    { tool_calls: [{ index: 0, custom: { input: 'ls -l' } }] },
  ]
  expect(input([start({}), piece(0, '{"input":'), piece(0, '"ls -l"}'), END])).toEqual(expected as never)
  expect(input([start({ isCustom: true }), piece(0, 'ls -l'), END])).toEqual(expected as never)
  expect(input([start({}), piece(0, 'no JSON'), END]).at(-1)).toEqual({
    tool_calls: [{ index: 0, custom: { input: 'no JSON' } }],
  })
})

test('a choice that nobody can have asked for is passed over', () => {
  for (const choice of [-1, 1.5, 128, 1e9, Number.NaN]) expect(write([text('x', choice)])).toEqual([])
  expect(write([text('x', 127)])).toHaveLength(129)
})

test('usage, errors and the end are not written', () => {
  expect(
    write([
      { kind: 'usage', usage: {} as never, raw: {}, isFinal: true },
      { kind: 'error', body: {} },
      { kind: 'done' },
    ]),
  ).toEqual([])
})
