import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createHostCheck } from '../../src/http/host'

const named = createHostCheck(['Gateway.Example', '10.0.0.1'])
const any = createHostCheck(['*'])

const TAKEN = [
  'localhost',
  'LocalHost',
  'localhost:4000',
  'gateway.example',
  'GATEWAY.example:443',
  '127.0.0.1',
  '203.0.113.9:1',
  '[::1]',
  '[2001:db8::1]:65535',
  '[::ffff:1.2.3.4]',
]
const REFUSED = ['evil.example', 'gateway.example.evil', 'evil-gateway.example', 'x.localhost', 'local', 'a']
const MALFORMED = [
  '',
  ' ',
  'localhost ',
  ' localhost',
  'localhost:',
  'localhost:x',
  'localhost:123456',
  'localhost:65536',
  'localhost.',
  '.localhost',
  'x@localhost',
  'localhost/x',
  'localhost?x',
  'localhost#x',
  'localhost\\x',
  'localhost, localhost',
  'a_b',
  'a%41',
  'ａ',
  'localhost\n',
  '[::1',
  '[::1]x',
  '::1',
  '[1:2:3]',
  '999.1.1.1',
  '1.2.3.4.5',
  'xn--a',
  `${'a'.repeat(254)}`,
]

for (const host of TAKEN)
  test(`takes '${host}'`, () => {
    expect([named(host), named(host), any(host)]).toEqual([true, true, true])
  })

for (const host of REFUSED)
  test(`refuses '${host}', which * takes`, () => {
    expect([named(host), named(host), any(host)]).toEqual([false, false, true])
  })

for (const host of MALFORMED)
  test(`refuses '${host.slice(0, 40).trim()}' (${host.length} characters) from everybody`, () => {
    expect([named(host), any(host)]).toEqual([false, false])
  })

test('refuses a request without a Host', () => {
  expect([named(null), any(null)]).toEqual([false, false])
})

test('a Host that is taken makes a URL whose path is the path', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ab01.:-[]x@/?#\\% _Aé,'), maxLength: 20 })
  const hosts = fc.oneof(
    letters,
    fc.webAuthority(),
    fc.domain(),
    fc.ipV4Extended(),
    fc.ipV6().map(ip => `[${ip}]`),
  )
  fc.assert(
    fc.property(hosts, host => {
      if (!any(host)) return
      const url = new URL(`http://${host}/a/b?c`)
      expect([url.pathname, url.search, url.username, url.password, url.hash]).toEqual([
        '/a/b',
        '?c',
        '',
        '',
        '',
      ])
      expect(`http://${host}/a/b`.indexOf('/', 7)).toBe(7 + host.length)
    }),
    { numRuns: 5000 },
  )
})

test('what was refused is refused again when many were taken', () => {
  const check = createHostCheck(['*'])
  for (let index = 0; index < 1000; index++) expect(check(`host-${index}`)).toBe(true)
  expect([check('host-999'), check('host_999')]).toEqual([true, false])
})
