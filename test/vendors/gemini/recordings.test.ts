import { describe, expect, test } from 'bun:test'
import { answerEvents } from '../../../src/vendors/gemini/answer'
import { readError } from '../../../src/vendors/gemini/error'
import { StreamReader } from '../../../src/vendors/gemini/stream'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { jsonRecorded, orNone, readRecorded, recorded } from '../../recorded'

const payloads = recorded('payloads of Gemini')
const refusals = recorded('refusals')
const isStream = (path: string) => path.endsWith('.chunks.txt')
const isRefusal = (path: string) => path.includes('429')
const dataLines = (text: string) =>
  text.split(/\r?\n/).flatMap(line => (line.startsWith('data: ') ? [line.slice(6)] : []))

function readStream(payloads: string[]): ChatEvent[] {
  const reader = new StreamReader()
  return [...payloads.flatMap(data => reader.push({ name: null, data })), ...reader.end()]
}

/** What must hold of any whole answer, whatever it says. */
function expectWhole(events: ChatEvent[]): void {
  expect(events[0]?.kind).toBe('start')
  expect(events.at(-1)).toEqual({ kind: 'done' })
  const usage = events.at(-2)
  expect(usage).toMatchObject({ kind: 'usage', isFinal: true })
  const raw = usage?.kind === 'usage' ? (usage.raw as Record<string, number>) : {}
  if (usage?.kind === 'usage')
    expect(usage.usage.inputTokens + usage.usage.outputTokens).toBe(raw.totalTokenCount ?? Number.NaN)
  const calls = new Map<number, string>()
  for (const event of events) {
    if (event.kind === 'tool_start') calls.set(event.slot, '')
    if (event.kind === 'tool_arguments') calls.set(event.slot, (calls.get(event.slot) ?? '') + event.text)
  }
  for (const text of calls.values()) expect(JSON.parse(text)).toBeObject()
  const finish = events.find(({ kind }) => kind === 'finish')
  if (calls.size > 0) expect(finish).toMatchObject({ reason: 'tool_calls' })
}

describe.skipIf(payloads.length === 0)('captured payloads', () => {
  test.each(orNone(payloads.filter(isStream)))('%s', path => {
    expectWhole(readStream(readRecorded(path).toString().split('\n').filter(Boolean)))
  })

  test.each(orNone(payloads.filter(path => !isStream(path) && !isRefusal(path))))('%s', path => {
    expectWhole(answerEvents(jsonRecorded(path)))
  })

  test.each(orNone(payloads.filter(isRefusal)))('%s: a limit that is told to pass in 34.4 s', path => {
    expect(readError(jsonRecorded(path)).waitMs).toBe(34_400)
  })
})

describe.skipIf(payloads.length === 0)('recorded exchanges', () => {
  test.each(orNone(recorded('streams of Gemini')))('%s', path => {
    expectWhole(readStream(dataLines(readRecorded(path).toString())))
  })

  test.each(orNone(recorded('answers of Gemini')))('%s', path => {
    expectWhole(answerEvents(jsonRecorded(path)))
  })

  test('a limit of a minute is no quota, an unknown model is told', () => {
    const [unknown, limit] = refusals.filter(path => path.includes('/gemini/')).map(jsonRecorded)
    expect(readError(limit)).toMatchObject({ type: 'RESOURCE_EXHAUSTED', code: null, waitMs: 48_000 })
    expect(readError(unknown)).toMatchObject({ type: 'NOT_FOUND' })
  })
})
