import { describe, expect, test } from 'bun:test'
import { answerEvents } from '../../../src/vendors/anthropic/answer'
import { readUsage } from '../../../src/vendors/anthropic/usage'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { jsonRecorded, orNone, readRecorded, recorded } from '../../recorded'
import { ofKind, read, textOf } from './read'

type Raw = { type: string; [member: string]: unknown }
const parsed = (text: string) => JSON.parse(text) as Raw

const all = [...recorded('messages of Anthropic'), ...recorded('payloads of Anthropic')]
const answers = all.filter(path => path.endsWith('.json'))
const streams = all.filter(path => !path.endsWith('.json') && !path.includes('spliced'))
const linesOf = (path: string) => readRecorded(path).toString().split('\n').filter(Boolean).map(parsed)

function dataLines(text: string): Raw[] {
  const lines = text.split(/\r?\n/).filter(line => line.startsWith('data:'))
  return lines.map(line => parsed(line.slice(5)))
}

/** The same things, found in the vendor's events without our reader. */
function expectedOf(events: Raw[]) {
  const pick = (type: string, member: string) =>
    events
      .map(({ delta }) => delta as Raw | undefined)
      .filter(delta => delta?.type === type)
      .map(delta => delta?.[member])
      .join('')
  const opened = events.filter(({ type }) => type === 'content_block_start')
  const blocks = opened.map(({ content_block }) => content_block as Raw)
  return {
    text: blocks.map(({ text }) => text ?? '').join('') + pick('text_delta', 'text'),
    reasoning: pick('thinking_delta', 'thinking'),
    calls: blocks.filter(({ type }) => type === 'tool_use').map(({ name }) => name),
    signatures: pick('signature_delta', 'signature'),
  }
}

function saidIn(events: ChatEvent[]) {
  const details = ofKind(events, 'reasoning_detail').map(({ detail }) => String(detail.signature ?? ''))
  return {
    text: textOf(events),
    reasoning: ofKind(events, 'reasoning')
      .map(({ text }) => text)
      .join(''),
    calls: ofKind(events, 'tool_start').map(({ name }) => name),
    signatures: details.join(''),
  }
}

function assertCalls(events: ChatEvent[]): void {
  const calls = ofKind(events, 'tool_start')
  expect(calls.map(({ slot }) => slot)).toEqual(calls.map((_, index) => index))
  for (const { slot } of calls) {
    const pieces = ofKind(events, 'tool_arguments').filter(piece => piece.slot === slot)
    expect(JSON.parse(pieces.map(({ text }) => text).join(''))).toBeObject()
  }
}

describe.skipIf(streams.length === 0)('recorded streams', () => {
  test.each(orNone(streams))('%s is read whole', path => {
    const events = path.endsWith('.sse') ? dataLines(readRecorded(path).toString()) : linesOf(path)
    const said = read(events)
    expect(saidIn(said) as unknown).toEqual(expectedOf(events))
    assertCalls(said)
    const last = events.findLast(({ type }) => type === 'message_delta') as Raw | undefined
    const first = (events[0] as { message?: { usage?: object } }).message?.usage
    const figures = readUsage({ ...first, ...(last?.usage as object) })
    expect(ofKind(said, 'usage').at(-1)).toMatchObject({ isFinal: true, usage: { ...figures } })
    expect(said.at(-1)?.kind).toBe('done')
  })
})

describe.skipIf(answers.length === 0)('recorded answers', () => {
  test.each(orNone(answers))('%s is read whole', path => {
    const body = jsonRecorded<Raw>(path)
    const events = answerEvents(body)
    const content = body.content as Raw[]
    const texts = content.filter(({ type }) => type === 'text').map(({ text }) => text)
    expect(textOf(events)).toBe(texts.join(''))
    assertCalls(events)
    expect(ofKind(events, 'tool_start').map(({ id }) => id)).toEqual(
      content.filter(({ type }) => type === 'tool_use').map(({ id }) => id as string),
    )
    expect(ofKind(events, 'finish')[0]?.native).toBe(body.stop_reason as string)
    expect(ofKind(events, 'usage').at(-1)?.isFinal).toBe(true)
    expect(events.at(-1)?.kind).toBe('done')
  })
})

const fixture = (name: string) => `fixtures/anthropic--${name}`

describe.skipIf(all.length === 0)('cases of ../shared/fixtures', () => {
  test('a prompt that is revised from 43 to 61 tokens is 61', () => {
    const events = read(linesOf(fixture('anthropic-message-delta-input-tokens.chunks.txt')))
    expect(ofKind(events, 'usage').at(-1)?.usage).toMatchObject({ inputTokens: 61, outputTokens: 2 })
  })

  test('a second answer in the midst of one is an error, and nothing of it is told', () => {
    const events = read(linesOf(fixture('spliced-message-start.chunks.txt')))
    expect(events.at(-1)?.kind).toBe('error')
    expect(JSON.stringify(events)).not.toContain('second"')
  })

  test('a refusal is content_filter with its explanation', () => {
    const events = read(linesOf(fixture('anthropic-refusal.chunks.txt')))
    expect(ofKind(events, 'finish')[0]?.reason).toBe('content_filter')
    expect(ofKind(events, 'refusal')[0]?.text).toContain('blocked')
  })

  test('the figures of an answer by another model are those of the answer', () => {
    const body = jsonRecorded<Raw>(fixture('anthropic-fallback.json'))
    const usage = body.usage as Record<string, number>
    expect(ofKind(answerEvents(body), 'usage')[0]).toMatchObject({
      isFinal: true,
      usage: { outputTokens: usage.output_tokens },
    })
  })
})
