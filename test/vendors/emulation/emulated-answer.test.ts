import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { EmulatedAnswer } from '../../../src/vendors/emulation/emulated-answer'
import { EnvelopeCutter } from '../../../src/vendors/emulation/envelope-cutter'
import type { ToolPlan, ToolRung } from '../../../src/vendors/emulation/plan'
import { TagCutter } from '../../../src/vendors/emulation/tag-cutter'
import { tagsOf } from '../../../src/vendors/emulation/tags'
import type { ChatEvent, FinishReason } from '../../../src/wire/chat-event'

const TAGS = tagsOf('k7f2')
const parameters = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const OFFERED = [
  { name: 'f', parameters, isCustom: false },
  { name: 'g', parameters, isCustom: false },
]

interface Said {
  pieces: readonly string[]
  reason?: FinishReason
  isWhole?: boolean
  tools?: Partial<ToolPlan>
}

/** What is told of an answer, neighbouring words joined; and its fault, if it has one. */
function read(rung: ToolRung, { pieces, reason = 'stop', isWhole = false, tools = {} }: Said) {
  const plan = {
    hidesTools: true,
    hasCalls: false,
    tools: { rung, offered: OFFERED, mustCall: false, isSingle: false, ...tools },
  }
  const cutter = rung === 'prompt' ? new TagCutter(TAGS) : new EnvelopeCutter()
  const answer = new EmulatedAnswer({ plan, cutter, isWhole, mayRepair: true })
  const events = [
    ...pieces.flatMap(text => answer.take({ kind: 'text', choice: 0, text })),
    ...answer.take({ kind: 'finish', choice: 0, reason, native: 'x' }),
  ]
  return { ...toldBy(events), fault: answer.fault?.problems, held: answer.held }
}

function toldBy(events: readonly ChatEvent[]) {
  const of = <Kind extends ChatEvent['kind']>(kind: Kind) =>
    events.filter((event): event is Extract<ChatEvent, { kind: Kind }> => event.kind === kind)
  const given = of('tool_arguments').map(({ text }) => text)
  return {
    words: of('text')
      .map(({ text }) => text)
      .join(''),
    calls: of('tool_start').map(({ name, slot }) => [slot, name, given[slot]]),
    finish: of('finish').map(({ reason }) => reason),
    unmet: of('unmet').map(({ code }) => code),
  }
}

const anyWords = fc
  .array(
    fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom('<tool', '{', '"', '\n', ' ')),
    {
      maxLength: 8,
    },
  )
  .map(parts => parts.join(''))
const anyCall = fc.record({
  name: fc.constantFrom('f', 'g'),
  arguments: fc.record({ a: fc.string({ unit: 'grapheme' }) }),
})
const anyAnswer = fc.record({ words: anyWords, calls: fc.array(anyCall, { maxLength: 3 }) })

const tagged = ({ words, calls }: { words: string; calls: object[] }) =>
  words + calls.map(call => `${TAGS.open}${JSON.stringify(call)}${TAGS.close}`).join('\n')
const enveloped = ({ words, calls }: { words: string; calls: object[] }) =>
  JSON.stringify(calls.length > 0 ? { type: 'tool_calls', calls } : { type: 'text', text: words })

test.each([
  ['prompt', tagged],
  ['json_mode', enveloped],
] as const)('37: split at every character, an answer says what it says as a whole (%s)', (rung, write) => {
  fc.assert(
    fc.property(anyAnswer, answer => {
      const text = write(answer)
      const streamed = read(rung, { pieces: text.split('') })
      const whole = read(rung, { pieces: [text], isWhole: true })
      const calls = answer.calls.map(({ name, arguments: given }, slot) => [
        slot,
        name,
        JSON.stringify(given),
      ])
      expect([streamed.calls, whole.calls]).toEqual([calls, calls])
      const isSaid = rung === 'prompt' || calls.length === 0
      const words = isSaid ? answer.words : ''
      // White space before a call is nothing that anybody wants to be told.
      const trimmed = calls.length > 0 ? words.trimEnd() : words
      expect([streamed.words.trimEnd(), whole.words]).toEqual([trimmed.trimEnd(), trimmed])
      const finish: FinishReason[] = [calls.length > 0 ? 'tool_calls' : 'stop']
      expect([streamed.finish, whole.finish]).toEqual([finish, finish])
      expect([streamed.held, streamed.fault]).toEqual(['', undefined])
    }),
    { numRuns: 150 },
  )
})

test('any text at all is told, or asked for again, and never throws', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.json(),
    anyAnswer.map(tagged),
    anyAnswer.map(enveloped),
    anyAnswer.map(answer => tagged(answer).slice(0, -20)),
    anyAnswer.map(answer => enveloped(answer).slice(0, -5)),
  )
  const anyTools = fc.record({ mustCall: fc.boolean(), isSingle: fc.boolean() })
  const anyReason = fc.constantFrom<FinishReason[]>('stop', 'length', 'tool_calls', 'content_filter')
  fc.assert(
    fc.property(anything, anyTools, anyReason, fc.boolean(), (text, tools, reason, isWhole) => {
      for (const rung of ['prompt', 'json_mode'] as const) {
        const { finish, unmet, fault, calls } = read(rung, { pieces: text.split(''), tools, reason, isWhole })
        expect(finish.length + unmet.length + (fault ? 1 : 0)).toBe(1)
        if (tools.isSingle) expect(calls.length).toBeLessThanOrEqual(1)
        if (reason === 'length') expect(finish).toEqual(['length'])
        if (tools.mustCall && finish[0] === 'stop') expect(calls).not.toEqual([])
      }
    }),
    { numRuns: 150 },
  )
})

test('words are told before the answer’s end, a call is told at it', () => {
  const plan = {
    hidesTools: true,
    hasCalls: false,
    tools: { rung: 'prompt' as const, offered: OFFERED, mustCall: false, isSingle: false },
  }
  const answer = new EmulatedAnswer({ plan, cutter: new TagCutter(TAGS), isWhole: false, mayRepair: true })
  const say = (text: string) => answer.take({ kind: 'text', choice: 0, text })
  expect(say('I look.')).toEqual([{ kind: 'text', choice: 0, text: 'I look.' }])
  expect(say(`${TAGS.open}{"name":"f","arg`)).toEqual([])
  expect(answer.held).toBe('{"name":"f","arg')
  expect(say(`uments":{"a":"x"}}${TAGS.close}`)).toEqual([])
  const told = answer.take({ kind: 'finish', choice: 0, reason: 'stop', native: null })
  expect(told.map(({ kind }) => kind)).toEqual(['tool_start', 'tool_arguments', 'finish'])
})

test('words without an end beside a call are not held without an end', () => {
  const pieces = [
    `${TAGS.open}{"name":"f","arguments":{"a":"x"}}${TAGS.close}`,
    ...Array(100).fill('y'.repeat(1024)),
  ]
  const { words, calls } = read('prompt', { pieces })
  expect([words.length, calls.length]).toEqual([100 * 1024, 1])
})
