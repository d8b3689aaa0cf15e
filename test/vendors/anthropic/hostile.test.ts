import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MessagesMeter } from '../../../src/usage/messages-meter'
import { answerEvents } from '../../../src/vendors/anthropic/answer'
import { readError } from '../../../src/vendors/anthropic/error'
import { readOwnAnswer } from '../../../src/vendors/anthropic/pass'
import { StreamReader } from '../../../src/vendors/anthropic/stream'
import { readUsage } from '../../../src/vendors/anthropic/usage'

/** Events that look like the vendor's and hold anything: wrong types, missing members, blocks that never began. */
const anything = fc.jsonValue({ maxDepth: 3 })
const half = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(arbitrary, anything)
const block = fc.record(
  {
    type: half(fc.constantFrom('text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use')),
    text: half(fc.string()),
    thinking: half(fc.string()),
    signature: half(fc.string()),
    data: half(fc.string()),
    id: half(fc.string()),
    name: half(fc.string()),
    input: half(fc.object()),
    citations: half(fc.array(anything)),
  },
  { requiredKeys: [] },
)
const event = fc.oneof(
  anything,
  fc.record(
    {
      type: half(
        fc.constantFrom(
          'message_start',
          'content_block_start',
          'content_block_delta',
          'content_block_stop',
          'message_delta',
          'ping',
        ),
      ),
      index: half(fc.nat(3)),
      content_block: half(block),
      message: half(fc.record({ id: anything, content: half(fc.array(block)), usage: anything })),
      delta: half(
        fc.record(
          {
            type: half(
              fc.constantFrom('text_delta', 'thinking_delta', 'input_json_delta', 'citations_delta'),
            ),
            text: anything,
            thinking: anything,
            partial_json: anything,
            citation: anything,
            stop_reason: anything,
            stop_details: anything,
          },
          { requiredKeys: [] },
        ),
      ),
      usage: anything,
    },
    { requiredKeys: [] },
  ),
)
const stream = fc.array(event, { maxLength: 12 })

test('a stream of anything is read without a throw, and is over once', () => {
  const property = fc.property(stream, events => {
    const reader = new StreamReader()
    const said = events.flatMap(each => reader.push({ name: null, data: JSON.stringify(each) }))
    const all = [...said, ...reader.end()]
    const last = all.filter(({ kind }) => kind === 'done' || kind === 'error')
    expect(last.length).toBeLessThan(2)
    if (last.length > 0) expect(all.at(-1)?.kind).toBe(last[0]!.kind)
    for (const each of all)
      if (each.kind === 'text' || each.kind === 'reasoning' || each.kind === 'tool_arguments')
        expect(each.text).toBeString()
  })
  fc.assert(property, { numRuns: 150 })
})

test('so is one that passes, and what is known of it can be asked at any time', () => {
  const property = fc.property(stream, events => {
    const meter = new MessagesMeter({ emit: () => {} })
    for (const each of events) {
      meter.push(Buffer.from(`data: ${JSON.stringify(each)}\n\n`))
      void [meter.usage, meter.known, meter.texts(), meter.isComplete]
    }
    meter.end()
    for (const text of meter.texts()) expect(text).toBeString()
  })
  fc.assert(property, { numRuns: 150 })
})

test('so are whole answers, errors and figures', () => {
  const property = fc.property(
    half(fc.record({ type: fc.constant('message'), content: half(fc.array(block)), usage: anything })),
    body => {
      answerEvents(body)
      readError(body)
      const usage = readUsage(body)
      if (usage) expect(Object.values(usage).every(count => Number.isInteger(count) && count >= 0)).toBe(true)
      const own = readOwnAnswer(Buffer.from(JSON.stringify(body)))
      for (const text of own?.texts() ?? []) expect(text).toBeString()
    },
  )
  fc.assert(property, { numRuns: 150 })
})
