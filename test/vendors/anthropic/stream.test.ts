import { expect, test } from 'bun:test'
import { close, delta, ofKind, open, read, STOPPED, start, stop, textDelta, textOf } from './read'

const HELLO = [
  start(),
  open(0, { type: 'text', text: '' }),
  { type: 'ping' },
  textDelta(0, 'Hel'),
  textDelta(0, 'lo'),
  close(0),
]

test('says who answers, the text, the figures and the end', () => {
  expect(read([...HELLO, stop('end_turn'), STOPPED])).toEqual([
    { kind: 'start', id: 'msg_1', model: 'claude-opus-4-7', createdAt: null },
    expect.objectContaining({ kind: 'usage', isFinal: false }),
    { kind: 'text', choice: 0, text: 'Hel' },
    { kind: 'text', choice: 0, text: 'lo' },
    { kind: 'finish', choice: 0, reason: 'stop', native: 'end_turn' },
    expect.objectContaining({ kind: 'usage', isFinal: true, raw: { input_tokens: 12, output_tokens: 30 } }),
    { kind: 'done' },
  ])
})

test('the prompt is known from the beginning, the answer’s placeholder is not told', () => {
  const [first] = ofKind(read(HELLO, false), 'usage')
  expect(first?.usage).toMatchObject({ inputTokens: 12, outputTokens: 0 })
})

test('figures that are revised on the way are the last ones', () => {
  const revised = { ...stop('end_turn'), usage: { input_tokens: 61, output_tokens: 2 } }
  const usage = ofKind(read([...HELLO, revised, STOPPED]), 'usage').at(-1)
  expect(usage).toMatchObject({ usage: { inputTokens: 61, outputTokens: 2 }, isFinal: true })
})

test('an end without the answer’s figures tells none', () => {
  const { usage: _, ...bare } = stop('end_turn')
  expect(ofKind(read([...HELLO, bare, STOPPED]), 'usage').every(({ isFinal }) => !isFinal)).toBe(true)
})

test('a message_start that comes again is ignored, another answer’s is an error', () => {
  expect(textOf(read([start(), ...HELLO, stop('end_turn'), STOPPED]))).toBe('Hello')
  const spliced = read([...HELLO, start({ id: 'msg_2' }), textDelta(0, 'x'), stop('end_turn'), STOPPED])
  expect(spliced.at(-1)).toMatchObject({ kind: 'error' })
  expect(textOf(spliced)).toBe('Hello')
})

test('pings, unknown events, blocks and deltas say nothing', () => {
  const events = [
    { type: 'ping' },
    start(),
    { type: 'something_new', index: 0 },
    open(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
    delta(0, { type: 'input_json_delta', partial_json: '{"q":1}' }),
    close(0),
    open(1, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }),
    close(1),
    open(2, { type: 'fallback', from: { model: 'a' }, to: { model: 'b' } }),
    close(2),
    open(3, { type: 'text', text: '' }),
    delta(3, { type: 'newer_delta', text: 'x' }),
    textDelta(3, 'Hi'),
    close(3),
    stop('end_turn'),
    STOPPED,
  ]
  const kinds = read(events).map(({ kind }) => kind)
  expect(kinds).toEqual(['start', 'usage', 'text', 'finish', 'usage', 'done'])
})

test('tool calls are numbered by themselves, whatever their blocks are', () => {
  const events = [
    start(),
    open(0, { type: 'text', text: '' }),
    textDelta(0, 'ok'),
    close(0),
    open(1, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }),
    delta(1, { type: 'input_json_delta', partial_json: '' }),
    delta(1, { type: 'input_json_delta', partial_json: '{"a":' }),
    delta(1, { type: 'input_json_delta', partial_json: '1}' }),
    close(1),
    open(2, { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} }),
    delta(2, { type: 'input_json_delta', partial_json: '' }),
    close(2),
    stop('tool_use'),
    STOPPED,
  ]
  const said = read(events).filter(({ kind }) => kind.startsWith('tool') || kind === 'finish')
  expect(said as object[]).toEqual([
    { kind: 'tool_start', choice: 0, slot: 0, id: 'toolu_1', name: 'f' },
    { kind: 'tool_arguments', choice: 0, slot: 0, text: '{"a":' },
    { kind: 'tool_arguments', choice: 0, slot: 0, text: '1}' },
    { kind: 'tool_start', choice: 0, slot: 1, id: 'toolu_2', name: 'g' },
    { kind: 'tool_arguments', choice: 0, slot: 1, text: '{}' },
    { kind: 'finish', choice: 0, reason: 'tool_calls', native: 'tool_use' },
  ])
})

test('a call that is whole when it begins is told at once, also within message_start', () => {
  const block = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } }
  const expected = [
    { kind: 'tool_start', choice: 0, slot: 0, id: 'toolu_1', name: 'f' },
    { kind: 'tool_arguments', choice: 0, slot: 0, text: '{"a":1}' },
  ]
  const calls = (events: object[]): object[] => read(events).filter(({ kind }) => kind.startsWith('tool'))
  expect(calls([start(), open(0, block), close(0), stop('tool_use'), STOPPED])).toEqual(expected)
  expect(calls([start({ content: [block] }), stop('tool_use'), STOPPED])).toEqual(expected)
})

test('a thought is told as it comes, and signed at its end', () => {
  const events = [
    start(),
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'Let me ' }),
    delta(0, { type: 'thinking_delta', thinking: 'see.' }),
    delta(0, { type: 'signature_delta', signature: 'abc' }),
    close(0),
    open(1, { type: 'redacted_thinking', data: 'sealed' }),
    close(1),
    stop('end_turn'),
    STOPPED,
  ]
  const format = 'anthropic-claude-v1'
  expect(read(events).filter(({ kind }) => kind.startsWith('reasoning'))).toEqual([
    { kind: 'reasoning', choice: 0, text: 'Let me ' },
    { kind: 'reasoning', choice: 0, text: 'see.' },
    {
      kind: 'reasoning_detail',
      choice: 0,
      detail: { type: 'reasoning.text', format, text: 'Let me see.', signature: 'abc' },
    },
    { kind: 'reasoning_detail', choice: 0, detail: { type: 'reasoning.encrypted', format, data: 'sealed' } },
  ])
})

test('a hidden thought is its signature alone', () => {
  const events = [
    start(),
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'signature_delta', signature: 'abc' }),
    close(0),
  ]
  const [detail] = ofKind(read(events, false), 'reasoning_detail')
  expect(detail?.detail).toMatchObject({ text: '', signature: 'abc' })
  expect(ofKind(read(events, false), 'reasoning')).toEqual([])
})

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  ['something_new', 'stop'],
] as const)('%s ends as %s, and is told by its own name too', (native, reason) => {
  const [finish] = ofKind(read([...HELLO, stop(native), STOPPED]), 'finish')
  expect(finish).toEqual({ kind: 'finish', choice: 0, reason, native })
})

test('a refusal says why, and something where it says nothing', () => {
  const explained = read([start(), stop('refusal', { stop_details: { explanation: 'Not this.' } }), STOPPED])
  expect(ofKind(explained, 'refusal')).toEqual([{ kind: 'refusal', choice: 0, text: 'Not this.' }])
  expect(ofKind(read([start(), stop('refusal', { stop_details: null }), STOPPED]), 'refusal')).toHaveLength(1)
  expect(ofKind(read([...HELLO, stop('refusal'), STOPPED]), 'refusal')).toEqual([])
})

test('a vendor that closes after it said why it stopped is done, before that it is not', () => {
  expect(
    read([...HELLO, stop('end_turn')])
      .slice(-3)
      .map(({ kind }) => kind),
  ).toEqual(['finish', 'usage', 'done'])
  expect(read(HELLO).some(({ kind }) => kind === 'done' || kind === 'finish')).toBe(false)
  expect(read([])).toEqual([])
})

test('an error ends the stream, and nothing after it is read', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  expect(read([...HELLO, error, textDelta(0, 'x'), STOPPED]).at(-1)).toEqual({ kind: 'error', body: error })
  expect(read([error])).toEqual([{ kind: 'error', body: error }])
})

test('what is no JSON is an error', async () => {
  const { StreamReader } = await import('../../../src/vendors/anthropic/stream')
  const reader = new StreamReader()
  expect(reader.push({ name: null, data: '{"type":' })[0]).toMatchObject({ kind: 'error' })
  expect(reader.push({ name: null, data: '{}' })).toEqual([])
  expect(new StreamReader().push({ name: null, data: '"text"' })).toEqual([])
})

test('citations point at the text that they stand in', () => {
  const page = { type: 'web_search_result_location', url: 'https://a.example', title: 'A', cited_text: 'x' }
  const location = { type: 'page_location', document_index: 0, start_page_number: 1 }
  const events = [
    start(),
    open(0, { type: 'text', text: '' }),
    textDelta(0, 'Intro. '),
    close(0),
    open(1, { type: 'text', text: '', citations: [] }),
    delta(1, { type: 'citations_delta', citation: page }),
    textDelta(1, 'Cited'),
    delta(1, { type: 'citations_delta', citation: location }),
    close(1),
    stop('end_turn'),
    STOPPED,
  ]
  expect(ofKind(read(events), 'citation').map(({ annotation }) => annotation)).toEqual([
    {
      type: 'url_citation',
      url_citation: { url: 'https://a.example', title: 'A', start_index: 7, end_index: 12 },
    },
    { type: 'page_location', page_location: { document_index: 0, start_page_number: 1 } },
  ])
})
