import { expect, test } from 'bun:test'
import { assertActive, type Caller } from '../../src/auth/caller'
import { anyCaller } from './any-caller'

const T = 1_790_000_000_000
const ALWAYS = anyCaller('k')

/** What a key says a millisecond before, at, and a millisecond after T; undefined where it is taken. */
const CASES: [statement: string, times: Partial<Caller>, said: (string | undefined)[]][] = [
  ['no time', {}, [undefined, undefined, undefined]],
  ['an end at T', { expiresAt: T }, [undefined, 'key_expired', 'key_expired']],
  ['a beginning at T', { notBefore: T }, ['key_not_yet_valid', undefined, undefined]],
  [
    'a beginning at T and an end just behind',
    { notBefore: T, expiresAt: T + 1 },
    ['key_not_yet_valid', undefined, 'key_expired'],
  ],
  ['a revocation at T', { revokedAt: T }, ['key_revoked', 'key_revoked', 'key_revoked']],
  ['a revocation long ago', { revokedAt: 0 }, ['key_revoked', 'key_revoked', 'key_revoked']],
  ['a revocation and an end', { revokedAt: T, expiresAt: T }, ['key_revoked', 'key_revoked', 'key_revoked']],
  ['an end at the beginning of time', { expiresAt: 0 }, ['key_expired', 'key_expired', 'key_expired']],
  ['a beginning at the beginning of time', { notBefore: 0 }, [undefined, undefined, undefined]],
]

for (const [statement, times, said] of CASES)
  test(`T72 a key with ${statement}, at T−1, T and T+1 ms`, () => {
    const codes = [T - 1, T, T + 1].map(date => codeOf({ ...ALWAYS, ...times }, date))
    expect(codes).toEqual(said)
  })

function codeOf(caller: Caller, date: number): string | undefined {
  try {
    assertActive(caller, date)
    return undefined
  } catch (error) {
    expect(error).toMatchObject({ status: 401, type: 'invalid_request_error' })
    return (error as { code: string }).code
  }
}
