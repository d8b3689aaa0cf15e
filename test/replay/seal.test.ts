import { expect, test } from 'bun:test'
import { Seal } from '../../src/replay/seal'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const SECRET = 'cm_live_one'
const seal = (secret = SECRET, keyId = 'key', idempotencyKey = 'order-1') =>
  new Seal(secret, keyId, idempotencyKey, random)
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

test('an answer is read again by its caller, for the same request, and by nobody else', async () => {
  const mark = await seal().mark('chat.completions', bytes('{}'))
  const sealed = await seal().seal(bytes('the answer'), mark)
  expect(Buffer.from(sealed).includes('the answer')).toBe(false)
  expect(Buffer.from((await seal().open(sealed, mark))!).toString()).toBe('the answer')
  for (const [other, itsMark] of [
    [seal('cm_live_two'), mark],
    [seal(SECRET, 'other key'), mark],
    [seal(SECRET, 'key', 'order-2'), mark],
    [seal(), await seal().mark('chat.completions', bytes('{ }'))],
  ] as const)
    expect(await other.open(sealed, itsMark)).toBeUndefined()
})

test('a changed byte is no answer', async () => {
  const sealed = await seal().seal(bytes('answer'), 'mark')
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice()
    changed[at]! ^= 1
    expect(await seal().open(changed, 'mark')).toBeUndefined()
  }
  for (const length of [0, 5, 12, sealed.length - 1])
    expect(await seal().open(sealed.slice(0, length), 'mark')).toBeUndefined()
})

test('the same answer is sealed differently each time', async () => {
  expect(await seal().seal(bytes('a'), 'm')).not.toEqual(await seal().seal(bytes('a'), 'm'))
})

test('the mark tells endpoints and bodies apart, and nobody can make it without the secret', async () => {
  const mark = (of: Seal, endpoint = 'chat.completions', body = '{}') => of.mark(endpoint, bytes(body))
  expect(await mark(seal())).toBe(await mark(seal()))
  const marks = await Promise.all([
    mark(seal()),
    mark(seal(), 'embeddings'),
    mark(seal(), 'chat.completions', '{ }'),
    mark(seal('cm_live_two')),
    mark(seal(SECRET, 'key', 'order-2')),
  ])
  expect(new Set(marks).size).toBe(marks.length)
})

test('the place in the store is the key’s and the idempotency key’s, whichever secret the key has now', () => {
  expect(seal().id).toBe(seal('cm_live_two').id)
  expect(new Set([seal().id, seal(SECRET, 'other').id, seal(SECRET, 'key', 'order-2').id]).size).toBe(3)
})
