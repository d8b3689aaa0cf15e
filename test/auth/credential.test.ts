import { expect, test } from 'bun:test'
import { credentialOf } from '../../src/auth/credential'

const KEY = 'cm_live_000000000000000000000000000000123456'

const TAKEN: [statement: string, headers: Record<string, string>][] = [
  ['Authorization', { authorization: `Bearer ${KEY}` }],
  ['a scheme in any letters', { authorization: `bEaReR ${KEY}` }],
  ['more white space between', { authorization: `Bearer \t  ${KEY}` }],
  ['x-api-key', { 'x-api-key': KEY }],
  ['api-key', { 'api-key': KEY }],
  ['two headers that agree', { authorization: `Bearer ${KEY}`, 'api-key': KEY }],
  ['three headers that agree', { authorization: `Bearer ${KEY}`, 'x-api-key': KEY, 'api-key': KEY }],
]

for (const [statement, headers] of TAKEN)
  test(`takes the credential from ${statement}`, () => {
    expect(credentialOf(new Headers(headers))).toBe(KEY)
  })

const REFUSED: [statement: string, headers: Record<string, string>][] = [
  ['none', {}],
  ['an empty Authorization', { authorization: '' }],
  ['no scheme', { authorization: KEY }],
  ['another scheme', { authorization: `Basic ${KEY}` }],
  ['no key', { authorization: 'Bearer' }],
  ['two keys', { authorization: `Bearer ${KEY} ${KEY}` }],
  ['two Authorizations, joined by a comma', { authorization: `Bearer ${KEY}, Bearer ${KEY}` }],
  ['two keys in two headers', { authorization: `Bearer ${KEY}`, 'x-api-key': 'other' }],
  ['two keys in the two plain headers', { 'x-api-key': KEY, 'api-key': 'other' }],
  ['an empty x-api-key beside the key', { authorization: `Bearer ${KEY}`, 'x-api-key': '' }],
  ['257 characters', { 'x-api-key': 'a'.repeat(257) }],
]

for (const [statement, headers] of REFUSED)
  test(`refuses ${statement}, and does not repeat it`, () => {
    try {
      credentialOf(new Headers(headers))
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', param: null })
      expect(error).toMatchObject({ headers: { 'www-authenticate': 'Bearer' } })
      expect(String(error).includes(KEY)).toBe(false)
    }
  })

test('T36 no header makes it slow', () => {
  for (const fill of ['\t', ' ', 'Bearer ', 'a', 'a '])
    for (const start of ['Bearer ', '']) {
      const headers = new Headers({ authorization: `${start}${fill.repeat(16_000)},` })
      // The least of three: the machine may be busy with other things.
      const times = [1, 2, 3].map(() => {
        const startedAt = performance.now()
        expect(() => credentialOf(headers)).toThrow()
        return performance.now() - startedAt
      })
      expect(Math.min(...times)).toBeLessThan(20)
    }
})
