import { expect, test } from 'bun:test'
import { redact, withoutSecret } from '../../src/upstream/redact'

const OURS = 'very-own-credential'

test('our credential goes, wherever and however often it stands', () => {
  expect(redact(`${OURS}: ${OURS}, x${OURS}y`, OURS)).toBe('[redacted]: [redacted], x[redacted]y')
  expect<string>(withoutSecret(`code_${OURS}`, OURS)).toBe('code_[redacted]')
})

test('a vendor without a credential loses no text', () => {
  expect(redact('plain words', '')).toBe('plain words')
  expect([withoutSecret('plain', ''), withoutSecret(null, OURS)]).toEqual(['plain', null])
})

const KEYS = [
  'sk-abcdefgh',
  'sk-proj-****abcd',
  'gsk_ABCDEFGH',
  'xai-12345678',
  'org-AbCd1234',
  'AIzaSyABCDEFGHIJ',
  'AKIAIOSFODNN7EXAMPLE',
  'Bearer abc.def',
  'nvapi-12345678',
  'hf_abcdefgh',
]
for (const key of KEYS)
  test(`what looks like ${key} goes`, () => {
    expect(redact(`before ${key} after`, OURS)).toBe('before [redacted] after')
  })

test('a query keeps its name and loses its secret', () => {
  expect(redact('GET https://x.example/v1?a=1&api_key=hunter2&b=2', OURS)).toBe(
    'GET https://x.example/v1?a=1&api_key=[redacted]&b=2',
  )
})

test('ordinary words stay', () => {
  const text =
    'The key "response_format" is not allowed for organization-wide tasks; see task-runner and sk-.'
  expect(redact(text, OURS)).toBe(text)
})

test('no more than 1 KB is kept, and a secret at the cut does not survive it', () => {
  expect(redact('x'.repeat(5_000), OURS)).toHaveLength(1_024)
  expect(redact(`${'x'.repeat(1_020)}${OURS}`, OURS)).not.toContain('very')
  const shrinking = `Bearer ${'x'.repeat(400)} `.repeat(10)
  expect(redact(`${shrinking}${OURS}`, OURS)).not.toContain('very')
})
