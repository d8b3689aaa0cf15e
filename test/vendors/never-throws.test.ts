import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { VENDORS } from '../../src/catalog/vendors'
import { adapterOf } from '../../src/vendors/adapter'
import { ChunkWriter } from '../../src/wire/chunk-writer'
import { completionOf } from '../../src/wire/completion'

/*
 * A vendor may send anything: what its translator cannot read is an `error` event, never an exception, and what it makes
 * of the rest can be written.
 */

const translations = VENDORS.flatMap(vendor => {
  const translation = adapterOf(vendor)?.translation
  return translation ? [[vendor.name, translation, adapterOf(vendor)!.error] as const] : []
})

/** Members that translators look for, with values that they do not expect. */
const NAMES = [
  ...[
    'id',
    'type',
    'model',
    'created',
    'choices',
    'index',
    'delta',
    'message',
    'content',
    'text',
    'usage',
    'error',
  ],
  ...[
    'tool_calls',
    'function',
    'name',
    'arguments',
    'finish_reason',
    'reasoning_content',
    'reasoning_details',
  ],
  ...['content_block', 'stop_reason', 'input', 'thinking', 'signature', 'partial_json', 'output_tokens'],
  ...['candidates', 'parts', 'functionCall', 'args', 'finishReason', 'usageMetadata', 'promptFeedback'],
  ...['contentBlockDelta', 'contentBlockIndex', 'stopReason', 'metadata', 'tool_plan', 'citations'],
]
const TYPES = [
  ...['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta'],
  ...[
    'text_delta',
    'input_json_delta',
    'thinking_delta',
    'tool_use',
    'text',
    'message-start',
    'content-delta',
  ],
  ...['tool-call-start', 'tool-call-delta', 'message-end', 'error'],
]
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e12, '', 'x', '{', '{}', '\ud800', ...TYPES),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 6 }),
  ),
}))
const name = fc.option(fc.constantFrom(...TYPES))

const writer = () =>
  new ChunkWriter(
    {
      head: { id: 'x', createdAt: 1, model: 'm' },
      usesFunctions: false,
      customTools: new Set(['x']),
      newCallId: () => 'c',
    },
    true,
  )

test.each(translations)('%s: any event of a stream is read', (_name, translation) => {
  fc.assert(
    fc.property(fc.array(fc.record({ name, data: value })), events => {
      const stream = translation.stream()
      const chunks = writer()
      for (const { name, data } of events)
        for (const said of stream.push({
          name,
          data: typeof data === 'string' ? data : JSON.stringify(data),
        }))
          expect(chunks.write(said)).toBeString()
      for (const said of stream.end()) expect(chunks.write(said)).toBeString()
    }),
    { numRuns: 300 },
  )
})

test.each(translations)('%s: any answer and any error is read', (_name, translation, error) => {
  fc.assert(
    fc.property(value, body => {
      const events = translation.answer(body)
      completionOf(events, {
        head: { id: 'x', createdAt: 1, model: 'm' },
        usesFunctions: false,
        customTools: new Set(),
        newCallId: () => 'c',
      })
      expect(error(body)).toBeObject()
    }),
    { numRuns: 300 },
  )
})
