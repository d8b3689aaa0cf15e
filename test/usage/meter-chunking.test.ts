import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { events, FINISH, ROLE, runMeter, usageData, word } from './run-meter'

/** A conforming stream with whatever texts, comments and line ends; usage where a vendor may put it. */
const streams = fc
  .record({
    texts: fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('data: [DONE]', '"usage":null', '😀')),
      {
        minLength: 1,
        maxLength: 8,
      },
    ),
    comments: fc.boolean(),
    crlf: fc.boolean(),
    asked: fc.boolean(),
    output: fc.nat(1_000_000),
    done: fc.boolean(),
  })
  .map(({ texts, comments, crlf, asked, output, done }) => {
    const data = [ROLE, word('x'), ...texts.map(text => word(text)), FINISH]
    const usage = usageData(
      `{"prompt_tokens":12,"completion_tokens":${output},"total_tokens":${12 + output}}`,
    )
    const body = data.map(each => events(each)).join(comments ? ': still there\n\n' : '')
    const text = `${body}${events(usage)}${done ? events('[DONE]') : ''}`
    return { text: crlf ? text.replaceAll('\n', '\r\n') : text, asked, output }
  })

/** Where to cut, as shares of the length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 })

function cutAt(text: string, shares: readonly number[]): Uint8Array[] {
  const bytes = Buffer.from(text)
  const edges = [...shares.map(share => Math.floor(share * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  )
  return edges.map((edge, index) => bytes.subarray(edges[index - 1] ?? 0, edge))
}

test('however a stream is cut into chunks, the caller gets the same bytes and the record the same usage', () => {
  const property = fc.property(streams, cuts, ({ text, asked, output }, shares) => {
    const whole = runMeter([text], asked)
    const cut = runMeter(cutAt(text, shares), asked)
    expect(cut.text).toBe(whole.text)
    expect(cut.meter.usage).toEqual(whole.meter.usage!)
    expect(cut.meter.usage?.outputTokens).toBe(output)
    expect(Buffer.from(cut.meter.usageEvent!).equals(Buffer.from(whole.meter.usageEvent!))).toBe(true)
    expect([cut.meter.finishReason, cut.meter.model, cut.meter.done, cut.meter.bytes]).toEqual([
      whole.meter.finishReason,
      whole.meter.model,
      whole.meter.done,
      whole.meter.bytes,
    ])
  })
  fc.assert(property, { numRuns: 300 })
})

test('what is handed on always ends where an event ends', () => {
  const property = fc.property(streams, cuts, ({ text, asked }, shares) => {
    const { pieces } = runMeter(cutAt(text, shares), asked)
    for (const piece of pieces) expect(Buffer.from(piece).toString()).toMatch(/\n\r?\n$/)
  })
  fc.assert(property, { numRuns: 200 })
})
