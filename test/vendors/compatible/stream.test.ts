import { expect, test } from 'bun:test'
import { compatible } from '../../../src/vendors/compatible/adapter'
import { delta, factsOf, ofKind, read } from './read'

const call = (members: object) => delta({ tool_calls: [members] })
const calls = (events: ReturnType<typeof read>) =>
  ofKind(events, 'tool_start').map(({ slot, id, name }) => ({
    slot,
    id,
    name,
    arguments: ofKind(events, 'tool_arguments')
      .filter(piece => piece.slot === slot)
      .map(({ text }) => text)
      .join(''),
  }))
const END = delta({}, 'stop')

test('an answer is its start, its texts, its end, its figures and the vendor’s last word', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
  const events = read({}, [
    delta({ role: 'assistant', content: '' }),
    delta({ content: 'Hi' }),
    END,
    { id: 'c', choices: [], usage },
    '[DONE]',
  ])
  expect(events.map(({ kind }) => kind)).toEqual(['start', 'text', 'finish', 'usage', 'done'])
  expect(events[0]).toEqual({ kind: 'start', id: 'c', model: 'm-1', createdAt: 3 })
  expect(events[3]).toMatchObject({ isFinal: true, raw: usage, usage: { inputTokens: 5, outputTokens: 2 } })
})

test('wire 82: a vendor that never says [DONE] is done if its answer has an end, else it broke off', () => {
  expect(read({}, [delta({ content: 'Hi' }), END]).at(-1)?.kind).toBe('done')
  expect(read({}, [delta({ content: 'Hi' })]).map(({ kind }) => kind)).toEqual(['start', 'text'])
  const two = { ...delta({ content: 'b' }), choices: [{ index: 1, delta: { content: 'b' } }] }
  expect(ofKind(read({}, [two, delta({ content: 'a' }), END]), 'done')).toEqual([])
})

test('[DONE] ends what has no end of its own, and nothing after it is read', () => {
  const events = read({}, [delta({ content: 'Hi' }), '[DONE]', delta({ content: 'more' })])
  expect(events.slice(2)).toEqual([
    { kind: 'finish', choice: 0, reason: 'stop', native: null },
    { kind: 'done' },
  ])
})

test('32: a thought that is told under two names is told once', () => {
  const thoughts = (members: object) =>
    ofKind(read({}, [delta(members)]), 'reasoning').map(({ text }) => text)
  expect(thoughts({ reasoning: 'hm', reasoning_content: 'hm' })).toEqual(['hm'])
  expect(thoughts({ reasoning: 'hm', reasoning_content: '' })).toEqual(['hm'])
  expect(thoughts({ reasoning_text: 'hm' })).toEqual(['hm'])
  expect(
    thoughts({
      reasoning_details: [
        { type: 'reasoning.text', text: 'h' },
        { type: 'x', summary: 'm' },
      ],
    }),
  ).toEqual(['hm'])
})

test('23: content that is a list is split into thoughts and texts', () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'Hi' },
  ]
  expect(read({}, [delta({ content })]).slice(1)).toEqual([
    { kind: 'reasoning', choice: 0, text: 'hm' },
    { kind: 'text', choice: 0, text: 'Hi' },
  ])
})

test('2: calls get slots of their own, whether they are numbered from 0, from 1, all alike or not at all', () => {
  const two = [
    { slot: 0, id: 'a', name: 'f', arguments: '{"x":1}' },
    { slot: 1, id: 'b', name: 'g', arguments: '{}' },
  ]
  const f = { id: 'a', function: { name: 'f', arguments: '{"x":1}' } }
  const g = { id: 'b', function: { name: 'g', arguments: '{}' } }
  for (const [first, second] of [
    [0, 1],
    [1, 2],
    [0, 0],
    [undefined, undefined],
  ])
    expect(calls(read({}, [call({ ...f, index: first }), call({ ...g, index: second })]))).toEqual(two)
})

test('calls that share an id and not their number are two', () => {
  const piece = (index: number, name: string) => call({ index, id: 'a', function: { name, arguments: '{}' } })
  expect(calls(read({}, [piece(0, 'f'), piece(1, 'g')])).map(({ name }) => name)).toEqual(['f', 'g'])
})

test('23, 31: pieces belong to their call, a name may come late or again, and valid JSON is no end', () => {
  expect(
    calls(
      read({}, [
        call({ index: 0, id: 'a', function: { arguments: '{' } }),
        call({ index: 0, function: { name: 'f', arguments: '}' } }),
        call({ index: 0, id: 'a', function: { name: '', arguments: ' ' } }),
        call({ function: { arguments: '\n' } }),
      ]),
    ),
  ).toEqual([{ slot: 0, id: 'a', name: 'f', arguments: '{} \n' }])
})

test('arguments that are an object become their text, none become none', () => {
  expect(
    calls(read({}, [call({ id: 'a', function: { name: 'f', arguments: { x: 1 } } })]))[0]?.arguments,
  ).toBe('{"x":1}')
  expect(calls(read({}, [call({ id: '', function: { name: 'f', arguments: null } })]))[0]).toMatchObject({
    id: null,
    arguments: '',
  })
})

test('a call of a custom tool is told as one', () => {
  const events = read({}, [
    call({ index: 0, id: 'a', type: 'custom', custom: { name: 'run', input: 'l' } }),
    call({ index: 0, custom: { input: 's' } }),
  ])
  expect(ofKind(events, 'tool_start')[0]).toMatchObject({ name: 'run', isCustom: true })
  expect(calls(events)[0]?.arguments).toBe('ls')
})

test('the opaque state of a call is kept', () => {
  const extra_content = { google: { thought_signature: 'sig' } }
  const events = read({}, [call({ id: 'a', function: { name: 'f', arguments: '{}' }, extra_content })])
  expect(ofKind(events, 'tool_start')[0]?.signature).toBe('sig')
})

test('30: Azure’s first chunk, which has no names and no choices, says nothing', () => {
  const first = { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [{}] }
  expect(read({}, [first, delta({ content: 'Hi' }, null, { created: '7' })])).toEqual([
    { kind: 'start', id: 'c', model: 'm-1', createdAt: 7 },
    { kind: 'text', choice: 0, text: 'Hi' },
  ])
})

test('the family’s words for an end are OpenAI’s, and those for a failure are failures', () => {
  const end = (word: string) => read({}, [delta({}, word)])[1]
  const reasons = {
    eos: 'stop',
    model_length: 'length',
    sensitive: 'content_filter',
    function_call: 'tool_calls',
    who_knows: 'stop',
  }
  for (const [word, reason] of Object.entries(reasons))
    expect(end(word)).toEqual({ kind: 'finish', choice: 0, reason, native: word } as never)
  for (const word of ['error', 'network_error', 'insufficient_system_resource'])
    expect(end(word)).toMatchObject({ kind: 'error', body: { error: { code: word } } })
})

test('33: what is an error is one: beside choices, as a text, as an event’s name, as another object, as no JSON', () => {
  const errorOf = (chunk: object | string, vendor = 'openrouter') => {
    const adapter = compatible(factsOf(vendor))
    const [event] = ofKind(read(factsOf(vendor), [chunk, delta({ content: 'late' })]), 'error')
    return adapter.error(event?.body)
  }
  expect(
    errorOf(delta({ content: '' }, 'error', { error: { code: 502, message: 'Upstream died.' } })),
  ).toMatchObject({ code: 'overloaded', message: 'Upstream died.' })
  expect(errorOf({ code: 'bad', error: 'It failed.' }, 'xai')).toMatchObject({
    code: 'bad',
    message: 'It failed.',
  })
  expect(errorOf({ object: 'error', message: 'No.', code: 40303 })).toMatchObject({
    code: '40303',
    message: 'No.',
  })
  expect(errorOf({ base_resp: { status_code: 1008, status_msg: 'no balance' } }, 'minimax')).toMatchObject({
    code: 'insufficient_quota',
    message: 'no balance',
  })
  expect(errorOf({ choices: [], x_groq: { error: 'Overloaded.' } }, 'groq').message).toBe('Overloaded.')
  const choice = { index: 0, delta: {}, finish_reason: 'error', error: { code: 429, message: 'Slow.' } }
  expect(errorOf({ id: 'c', choices: [choice] })).toMatchObject({
    code: 'rate_limit_exceeded',
    message: 'Slow.',
  })
  expect(errorOf('<html>').message).toContain('no JSON')
  const named = compatible({})
    .translation!.stream()
    .push({ name: 'error', data: '{"error":{"message":"M"}}' })
  expect(named).toEqual([{ kind: 'error', body: { error: { message: 'M' } } }])
})

test('how long to wait is read from the sentence that says it', () => {
  const waitOf = (message: string) => compatible({}).error({ error: { message } }).waitMs
  expect(waitOf('Rate limit reached. Please try again in 5.289s. Visit us.')).toBe(5289)
  expect(waitOf('Please try again in 320ms.')).toBe(320)
  expect(waitOf('Please try again later.')).toBeUndefined()
})

test('Mistral’s list of faults names the field', () => {
  const body = {
    object: 'error',
    message: {
      detail: [{ type: 'extra_forbidden', loc: ['body', 'messages', 2, 'name'], msg: 'Extra inputs' }],
    },
  }
  expect(compatible({}).error(body)).toMatchObject({ message: 'Extra inputs', param: 'messages[2].name' })
})

test('Perplexity’s sources stand before the end, with their titles', () => {
  const sources = {
    citations: ['https://a.example', 'https://b.example'],
    search_results: [{ url: 'https://a.example', title: 'A' }],
  }
  const events = read({}, [delta({ content: 'x' }, null, sources), delta({ content: '' }, 'stop', sources)])
  expect(events.map(({ kind }) => kind)).toEqual(['start', 'text', 'citation', 'citation', 'finish', 'done'])
  expect(ofKind(events, 'citation')[0]?.annotation).toMatchObject({
    url_citation: { url: 'https://a.example', title: 'A' },
  })
})

test('a whole answer is read as its stream is, its figures are the bill', () => {
  const { translation } = compatible(factsOf('mistral'))
  const message = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }],
  }
  const events = translation!.answer({
    id: 'c',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
  })
  expect(events.map(({ kind }) => kind)).toEqual(['start', 'tool_start', 'tool_arguments', 'finish', 'usage'])
  expect(ofKind(events, 'usage')[0]?.isFinal).toBe(true)
  expect(translation!.answer({ error: 'no' })[0]?.kind).toBe('error')
  expect(translation!.answer([])[0]?.kind).toBe('error')
})
