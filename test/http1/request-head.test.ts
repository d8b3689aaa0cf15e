import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { requestHead } from '../../src/http1/request-head'
import { newClient, send } from './send'

const headOf = (headers: Record<string, string>) =>
  requestHead({ url: '', headers, body: Buffer.alloc(0) }, 'h', '/', { 'user-agent': 'x' }).toString('latin1')

test('a header takes the place of a default, whatever its case, and its value goes out as it is', () => {
  expect(headOf({ 'User-Agent': 'me', 'X-A': ' n\xe4h\t' })).toBe(
    'POST / HTTP/1.1\r\nhost: h\r\nuser-agent: me\r\nx-a:  n\xe4h\t\r\ncontent-length: ',
  )
})

for (const value of ['a\r\nx: y', 'a\nx: y', 'a\rx: y', 'a\0', 'a\x7f', '\u0100', '😀'])
  test(`a value with ${JSON.stringify(value)} in it is refused, and not quoted`, () => {
    expect(() => headOf({ 'x-secret': `k${value}` })).toThrow(
      'the header x-secret, whose value is not one line of Latin text',
    )
  })

for (const name of ['', 'a b', 'a:', 'a\r\n', 'ä', 'a\0'])
  test(`a name like ${JSON.stringify(name)} is refused`, () => {
    expect(() => headOf({ [name]: 'x' })).toThrow('a header whose name is none')
  })

for (const name of [
  'Host',
  'content-length',
  'Transfer-Encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'proxy-connection',
])
  test(`${name} is not the caller’s to set`, () => {
    expect(() => headOf({ [name]: 'x' })).toThrow("the connection's")
  })

test('no header of any text adds a line of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
      let head = ''
      try {
        head = headOf({ [name]: value })
      } catch {
        return
      }
      expect(head.split(/[\r\n]+/)).toHaveLength(name.toLowerCase() === 'user-agent' ? 4 : 5)
    }),
  )
})

test('a head of more than 32 KB is refused', () => {
  expect(() => headOf({ 'x-a': 'x'.repeat(33_000) })).toThrow('too long')
})

test('what cannot be sent fails as a fault of connecting, after the call was handed out', async () => {
  for (const request of [
    { url: 'http://127.0.0.1:1/', headers: { 'x-a': 'a\r\nb: c' } },
    { url: 'ftp://127.0.0.1/' },
    { url: 'http://127.0.0.1/a b' },
    { url: 'http://127.0.0.1/a\r\nb' },
    { url: 'http://me:secret@127.0.0.1/' },
    { url: 'nonsense' },
  ]) {
    const heard = send(newClient(), request)
    expect([heard.said, heard.connection.sent]).toEqual([[], false])
    await heard.over
    expect(heard.said).toEqual(['fail connect'])
    expect(heard.error?.message).not.toContain('secret')
  }
})
