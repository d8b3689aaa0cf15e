import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MessageWriter } from '../../src/messages/writer'
import type { ChatEvent } from '../../src/wire/chat-event'

type Event = {
  type: string
  index?: number
  content_block?: { type: string }
  delta?: Record<string, string>
}

const piece = fc.string({ maxLength: 6 })
const slot = fc.nat(3)
/** Anything that a vendor's adapter may say, in any order. */
const events: fc.Arbitrary<ChatEvent[]> = fc.array(
  fc.oneof(
    piece.map((text): ChatEvent => ({ kind: 'text', choice: 0, text })),
    piece.map((text): ChatEvent => ({ kind: 'reasoning', choice: 0, text })),
    slot.map((at): ChatEvent => ({ kind: 'tool_start', choice: 0, slot: at, id: `c${at}`, name: 'f' })),
    fc
      .tuple(slot, piece)
      .map(([at, text]): ChatEvent => ({ kind: 'tool_arguments', choice: 0, slot: at, text })),
    fc.constant<ChatEvent>({ kind: 'tool_start', choice: 0, slot: 9, id: null, name: 'g', signature: 's' }),
    fc.constant<ChatEvent>({
      kind: 'reasoning_detail',
      choice: 0,
      detail: { type: 'reasoning.text', format: 'anthropic-claude-v1', signature: 's' },
    }),
    fc.constant<ChatEvent>({ kind: 'reasoning_detail', choice: 0, detail: { type: 'x' } }),
    fc.constant<ChatEvent>({ kind: 'citation', choice: 0, annotation: { url_citation: { url: 'u' } } }),
    fc.constant<ChatEvent>({ kind: 'refusal', choice: 0, text: 'no' }),
  ),
  { maxLength: 30 },
)
const FINISH: ChatEvent = { kind: 'finish', choice: 0, reason: 'stop', native: null }

function written(said: ChatEvent[]): Event[] {
  const writer = new MessageWriter({
    head: { id: 'm', createdAt: 0, model: 'x' },
    newCallId: () => 'new',
  })
  const text = [...said, FINISH].map(event => writer.write(event)).join('')
  const lines = text.split('\n').filter(line => line.startsWith('data: '))
  return lines.map(line => JSON.parse(line.slice(6)) as Event)
}

test('whatever comes in whatever order: one beginning, then blocks one behind the other, each of them ended', () => {
  const property = fc.property(events, said => {
    const [start, ...rest] = written(said)
    expect(start?.type).toBe('message_start')
    let next = 0
    let open: number | undefined
    for (const { type, index } of rest) {
      if (type === 'content_block_start') {
        expect([open, index]).toEqual([undefined, next++])
        open = index
      } else {
        expect(index).toBe(open!)
        if (type === 'content_block_stop') open = undefined
      }
    }
    expect(open).toBeUndefined()
  })
  fc.assert(property, { numRuns: 150 })
})

test('no text and no thought is lost, and what is in a block is of its kind', () => {
  const property = fc.property(events, said => {
    const kinds: Record<string, string> = {}
    const told = { text: '', thinking: '' }
    for (const { type, index, content_block: block, delta } of written(said)) {
      if (block) kinds[index!] = block.type
      if (type !== 'content_block_delta') continue
      if (delta?.type === 'text_delta') told.text += delta.text
      if (delta?.type === 'thinking_delta') told.thinking += delta.thinking
      const wanted = { text_delta: 'text', citations_delta: 'text', input_json_delta: 'tool_use' }[
        delta!.type!
      ]
      expect(kinds[index!]).toBe(wanted ?? 'thinking')
    }
    const of = (kind: string) =>
      said.flatMap(event => (event.kind === kind && 'text' in event ? event.text : []))
    expect(told).toEqual({ text: of('text').join(''), thinking: of('reasoning').join('') })
  })
  fc.assert(property, { numRuns: 150 })
})
