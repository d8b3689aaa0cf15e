import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerEvents } from '../../../src/vendors/gemini/answer'
import { readError } from '../../../src/vendors/gemini/error'
import { StreamReader } from '../../../src/vendors/gemini/stream'
import type { ChatEvent } from '../../../src/wire/chat-event'

const SHARED = join(import.meta.dir, '../../../../shared')
const FIXTURES = join(SHARED, 'fixtures')
const RECORDINGS = join(SHARED, 'recordings/gemini')

const filesOf = (folder: string, pattern: RegExp) =>
  existsSync(folder) ? readdirSync(folder).filter(name => pattern.test(name)) : []
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

describe.skipIf(!existsSync(FIXTURES))('captured payloads', () => {
  test.each(filesOf(FIXTURES, /^google--.*\.chunks\.txt$/))('%s', name => {
    expectWhole(readStream(readFileSync(join(FIXTURES, name), 'utf8').split('\n').filter(Boolean)))
  })

  test.each(filesOf(FIXTURES, /^google--google-(?:reasoning|tool-call)\.json$/))('%s', name => {
    expectWhole(answerEvents(JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'))))
  })

  test('a limit that is told to pass in 34.4 s', () => {
    const body = JSON.parse(readFileSync(join(FIXTURES, 'google--google-429-retry-info.json'), 'utf8'))
    expect(readError(body).waitMs).toBe(34_400)
  })
})

describe.skipIf(!existsSync(RECORDINGS))('recorded exchanges', () => {
  test.each(filesOf(RECORDINGS, /^gen-stream.*\.res\.sse$/))('%s', name => {
    expectWhole(readStream(dataLines(readFileSync(join(RECORDINGS, name), 'utf8'))))
  })

  test.each(filesOf(RECORDINGS, /^gen-unary.*\.res\.json$/))('%s', name => {
    expectWhole(answerEvents(JSON.parse(readFileSync(join(RECORDINGS, name), 'utf8'))))
  })

  test('a limit of a minute is no quota, an unknown model is told', () => {
    const limit = JSON.parse(readFileSync(join(RECORDINGS, 'err-429.res.json'), 'utf8'))
    expect(readError(limit)).toMatchObject({ type: 'RESOURCE_EXHAUSTED', code: null, waitMs: 48_000 })
    const unknown = JSON.parse(readFileSync(join(RECORDINGS, 'err-404.res.sse'), 'utf8'))
    expect(readError(unknown)).toMatchObject({ type: 'NOT_FOUND' })
  })
})
