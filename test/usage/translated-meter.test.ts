import { expect, test } from 'bun:test'
import { TranslatedMeter } from '../../src/usage/translated-meter'
import { compatible } from '../../src/vendors/compatible/adapter'
import { BRANCH_DATA, BRANCH_END, BRANCH_FAILED, branchFrame } from '../../src/wire/branch-frame'
import { ChunkWriter } from '../../src/wire/chunk-writer'

function meterOf(branches = 1) {
  const pieces: Uint8Array[] = []
  const meter = new TranslatedMeter({
    translation: compatible({}).translation!,
    writer: new ChunkWriter(
      {
        head: { id: 'x', createdAt: 1, model: 'm' },
        usesFunctions: false,
        customTools: new Set(),
        newCallId: () => 'c',
      },
      false,
    ),
    branches,
    outlet: { emit: bytes => void pieces.push(bytes) },
  })
  return { meter, pieces, text: () => Buffer.concat(pieces).toString() }
}

const event = (data: object | string) =>
  Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
const delta = (members: object, finish_reason: string | null = null) =>
  event({ id: 'c', model: 'v', choices: [{ index: 0, delta: members, finish_reason }] })
const usage = (prompt_tokens: number, completion_tokens: number) =>
  event({
    choices: [],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  })
const DONE = event('[DONE]')

test('what arrives in one piece leaves in one piece', () => {
  const { meter, pieces } = meterOf()
  meter.push(Buffer.concat([delta({ role: 'assistant' }), delta({ content: 'a' }), delta({ content: 'b' })]))
  meter.push(delta({ content: 'c' }))
  expect(pieces).toHaveLength(2)
  expect([meter.hasContent, meter.bytes]).toEqual([true, Buffer.concat(pieces).length])
})

test('nothing counts after the end, an error or bytes that are no stream', () => {
  const ended = meterOf()
  ended.meter.push(Buffer.concat([delta({ content: 'a' }), DONE, delta({ content: 'b' })]))
  ended.meter.push(delta({ content: 'c' }))
  expect([ended.meter.done, ended.meter.isComplete, ended.text().includes('"b"')]).toEqual([
    true,
    true,
    false,
  ])
  const failed = meterOf()
  failed.meter.push(Buffer.concat([delta({ content: 'a' }), event({ error: { message: 'no' } }), DONE]))
  expect([failed.meter.done, failed.meter.error]).toEqual([false, { error: { message: 'no' } }])
  const broken = meterOf()
  broken.meter.push(Buffer.alloc(2 * 1024 * 1024, 'x'))
  expect([broken.meter.broken, broken.meter.ended]).toEqual([true, true])
})

test('a finish that is not followed by the vendor’s last word is no end while the stream goes on', () => {
  const { meter } = meterOf()
  meter.push(Buffer.concat([delta({ content: 'a' }), delta({}, 'stop')]))
  expect([meter.finishReason, meter.isComplete]).toEqual(['stop', false])
  meter.end()
  expect(meter.isComplete).toBe(true)
})

test('JSON in the place of a stream is its error; a page or nothing is none', () => {
  const errorOf = (body: string) => {
    const { meter } = meterOf()
    meter.push(Buffer.from(body))
    meter.end()
    return meter.error
  }
  expect(errorOf('{"error":"no"}')).toEqual({ error: 'no' })
  expect(errorOf('\n\n{"code":1}')).toEqual({ code: 1 })
  expect(errorOf('<html>')).toBeUndefined()
  expect(errorOf('')).toBeUndefined()
})

test('wire 89: a vendor that answers a stream request with a whole answer is streamed all the same', () => {
  const { meter, text } = meterOf()
  const message = { role: 'assistant', content: 'Hi' }
  const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 }
  const answer = { id: 'c', model: 'v', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }
  for (const byte of Buffer.from(JSON.stringify(answer, null, 2))) meter.push(Uint8Array.of(byte))
  meter.end()
  expect([meter.isComplete, meter.isUsageFinal, meter.usage]).toMatchObject([true, true, { outputTokens: 1 }])
  expect(text()).toContain('"delta":{"content":"Hi"}')
})

test('a translator that throws breaks its own stream', () => {
  const { meter } = meterOf()
  meter.push(delta({ content: 'a' }))
  const { stream } = compatible({}).translation!
  const thrower = new TranslatedMeter({
    translation: {
      ...compatible({}).translation!,
      stream: () => ({
        ...stream(),
        push: () => {
          throw new Error('no')
        },
      }),
    },
    writer: new ChunkWriter(
      {
        head: { id: 'x', createdAt: 1, model: 'm' },
        usesFunctions: false,
        customTools: new Set(),
        newCallId: () => 'c',
      },
      false,
    ),
    branches: 1,
    outlet: { emit: () => {} },
  })
  thrower.push(delta({ content: 'a' }))
  expect([thrower.broken, thrower.ended, meter.broken]).toEqual([true, true, false])
})

test('the last figures count, final ones are not taken back, and a prompt alone is known without being the bill', () => {
  const { meter } = meterOf()
  meter.push(Buffer.concat([delta({ content: 'one two' }), usage(9, 0)]))
  // Without a finish these are the last word for this vendor; a prompt of another kind is told by its translator.
  expect(meter.usage).toMatchObject({ inputTokens: 9 })
  expect(meter.texts()).toEqual(['one two'])
})

test('several answers are told apart, summed, and done when all are', () => {
  const { meter, text } = meterOf(2)
  const frame = (branch: number, bytes: Uint8Array) => meter.push(branchFrame(branch, BRANCH_DATA, bytes))
  frame(0, delta({ content: 'a' }))
  frame(1, Buffer.concat([delta({ content: 'b' }), delta({}, 'stop'), usage(10, 2), DONE]))
  expect([meter.done, meter.usage, meter.known, meter.unknownPrompts]).toMatchObject([
    false,
    undefined,
    { inputTokens: 10, outputTokens: 2 },
    1,
  ])
  // What the finished one said is in its figures.
  expect(meter.texts()).toEqual(['a'])
  frame(0, Buffer.concat([delta({}, 'stop'), usage(11, 3), DONE]))
  meter.push(branchFrame(0, BRANCH_END))
  expect([meter.done, meter.isUsageFinal, meter.usage]).toMatchObject([
    true,
    true,
    { inputTokens: 21, outputTokens: 5 },
  ])
  expect(text()).toContain('"index":1,"delta":{"content":"b"}')
})

test('an answer of several that is refused keeps its status', () => {
  const { meter } = meterOf(2)
  meter.push(branchFrame(1, BRANCH_FAILED, Buffer.from('{"error":{"message":"slow"}}'), 429))
  expect([meter.error, meter.errorStatus]).toEqual([{ error: { message: 'slow' } }, 429])
})
