import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/errors'
import { readChatRequest } from '../../src/wire/chat-request'
import { GOOD, post, startTarget, type Target } from './bad-input'

let target: Target
beforeAll(async () => {
  target = await startTarget({ slowestBodyMs: 40 })
})
afterAll(() => target.stop())

type Change = { at: number; kind: 'insert' | 'replace' | 'delete' | 'repeat'; byte: number }
const anyChange: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom('insert', 'replace', 'delete', 'repeat'),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('\r\n\0\t :,"\\{}[]0'))),
})

function changed(bytes: Uint8Array, changes: Change[]): Uint8Array {
  const list = [...bytes]
  for (const { at, kind, byte } of changes) {
    const index = Math.floor(at * list.length)
    if (kind === 'insert') list.splice(index, 0, byte)
    else if (kind === 'replace') list[index] = byte
    else if (kind === 'delete') list.splice(index, 1)
    else list.splice(index, 0, ...list.slice(index, index + 20))
  }
  return Uint8Array.from(list)
}

const ENDS_PATH = 'POST /v1/chat/completions'.length - 1
const ENDS_VERSION = 'POST /v1/chat/completions HTTP/1.1'.length - 1

/** The byte at this place is another one. */
const replaced = (bytes: Uint8Array, index: number): Change => ({
  at: (index + 0.5) / bytes.length,
  kind: 'replace',
  byte: 0x39,
})

test('no broken request is a failure of ours, and each that is answered in our shape is an error with all members', async () => {
  const good = post(target.head, GOOD)
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(fc.array(anyChange, { minLength: 1, maxLength: 4 }), async changes => {
      const { answers } = await target.send(changed(good, changes), { patienceMs: 120 })
      for (const { status, body, headers } of answers) {
        statuses.add(status)
        expect(status < 500 || status === 505).toBe(true)
        if (status === 200 || headers['x-request-id'] === undefined) continue
        const { error } = JSON.parse(body) as { error: object }
        expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code'])
      }
    }),
    {
      numRuns: 150,
      examples: [
        [[replaced(good, ENDS_PATH)]],
        [[replaced(good, ENDS_VERSION)]],
        [[replaced(good, good.length - 1)]],
      ],
    },
  )
  // It was not one and the same refusal all the time.
  expect(statuses.size).toBeGreaterThan(2)
  expect(target.gateway.limits.inFlight).toBe(0)
})

const read = (text: string) => {
  try {
    return readChatRequest(Buffer.from(text))
  } catch (error) {
    if (error instanceof GatewayError && error.status < 500) return error.code
    throw error
  }
}
const parsed = (text: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

test('what is no JSON is never taken, whatever was broken in it', () => {
  const text = '{"model":"m","messages":[{"role":"user","content":"a"}],"n":2,"x":[1.5e3,{"a":[true,null]}]}'
  fc.assert(
    fc.property(fc.array(anyChange, { minLength: 1, maxLength: 3 }), changes => {
      const broken = Buffer.from(changed(Buffer.from(text), changes)).toString('utf8')
      // What stands inside a string is left to the vendor: escapes and all.
      if (broken.includes('\\') || parsed(broken) !== undefined) return
      expect(typeof read(broken)).toBe('string')
    }),
    { numRuns: 20_000 },
  )
})

test('of any JSON the same model, stream, n and limits are read as a parser reads', () => {
  const member = fc.tuple(
    fc.constantFrom(
      'model',
      'stream',
      'n',
      'max_tokens',
      'temperature',
      'user',
      'x',
      '__proto__',
      'mod\\u0065l',
    ),
    fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.constantFrom('"m"', 'true', '2', '1e2', '0.5', ' null ', '[]', '{"a":"\\""}'),
    ),
  )
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), fc.constantFrom('', ' ', '\n\t'), (members, space) => {
      const rest = members.map(([key, value]) => `${space}"${key}"${space}:${space}${value}`)
      const text = `${space}{${['"messages":[{"content":"a"}]', ...rest].join(',')}}${space}`
      const chat = read(text)
      if (typeof chat === 'string' || chat === null) return
      const body = parsed(text)!
      expect(chat.model).toBe(body.model as string)
      expect(chat.stream).toBe((body.stream ?? false) as boolean)
      expect(chat.n).toBe((body.n ?? 1) as number)
      expect(chat.shape.maxTokens).toBe((body.max_tokens ?? null) as number | null)
      expect(chat.shape.temperature).toBe((body.temperature ?? null) as number | null)
      const { model } = chat.spans
      expect(JSON.parse(Buffer.from(text).toString('utf8', model.start, model.end))).toBe(chat.model)
    }),
    { numRuns: 5000 },
  )
})

test('after all of that it serves, and nothing was echoed or logged', () => target.stillServes())
