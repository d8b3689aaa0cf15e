import { expect, test } from 'bun:test'
import { sealState } from '../../src/messages/opaque-state'
import { withOwnThoughts } from '../../src/messages/own-thoughts'
import { readMessagesRequest } from '../../src/messages/request'

const SEALED = { type: 'redacted_thinking', data: sealState({ callId: 'a', signature: 's' }) }
const UNSIGNED = { type: 'thinking', thinking: 'Hm.', signature: '' }
const OWN = [
  { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
  { type: 'redacted_thinking', data: 'claude’s own' },
]
const TEXT = { type: 'text', text: 'I say "callmissed:" and "signature":""' }
const HELLO = { role: 'user', content: 'Hi' }

function ask(...content: object[]) {
  const messages = [HELLO, { role: 'assistant', content }, HELLO]
  const bytes = Buffer.from(JSON.stringify({ model: 'm', max_tokens: 1, messages }))
  return readMessagesRequest({ bytes, length: bytes.length, betas: 'b' })
}
const sent = (...content: object[]) =>
  (JSON.parse(Buffer.from(withOwnThoughts(ask(...content)).body).toString()) as { messages: unknown })
    .messages

test('a history with nothing of others’ is the very same request', () => {
  const asked = ask(...OWN, TEXT)
  expect(withOwnThoughts(asked)).toBe(asked)
})

test('thoughts of other vendors are left out, and an answer that was nothing else', () => {
  expect(sent(UNSIGNED, SEALED, ...OWN, TEXT)).toEqual([
    HELLO,
    { role: 'assistant', content: [...OWN, TEXT] },
    HELLO,
  ])
  expect(sent(UNSIGNED, SEALED)).toEqual([HELLO, HELLO])
})

test('what the request is besides stays, the place of its model too', () => {
  const own = withOwnThoughts(ask(SEALED, TEXT))
  const { start, end } = own.modelSpan
  expect(Buffer.from(own.body.subarray(start, end)).toString()).toBe('"m"')
  expect([own.betas, own.model]).toEqual(['b', 'm'])
})
