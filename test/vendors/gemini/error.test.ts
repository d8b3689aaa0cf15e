import { expect, test } from 'bun:test'
import { readError } from '../../../src/vendors/gemini/error'

const NOTHING = { message: null, type: null, code: null, param: null }

test.each([
  [
    { error: { code: 404, message: 'no such model', status: 'NOT_FOUND' } },
    { message: 'no such model', type: 'NOT_FOUND' },
  ],
  [[{ error: { message: 'in a list', status: 'INTERNAL' } }], { message: 'in a list', type: 'INTERNAL' }],
  [
    { error: { message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).' } },
    { code: 'context_length_exceeded' },
  ],
  [{ error: { message: 'API key not valid. Please pass a valid API key.' } }, { code: 'invalid_api_key' }],
  [{ error: { message: 'x', details: [{ reason: 'API_KEY_INVALID' }] } }, { code: 'invalid_api_key' }],
  [
    { error: { message: 'x', details: [{ violations: [{ quotaId: 'RequestsPerDayPerProject' }] }] } },
    { code: 'insufficient_quota' },
  ],
  [
    {
      error: {
        message: 'x',
        details: [{ violations: [{ quotaId: 'RequestsPerMinute' }] }, { retryDelay: '34.4s' }],
      },
    },
    { code: null, waitMs: 34_400 },
  ],
  [{ error: { message: 'x', details: [{ retryDelay: '999999s' }, 7, null] } }, { waitMs: 86_400_000 }],
  ['plain words', { message: 'plain words' }],
])('%j is read', (body, said) => {
  expect(readError(body)).toMatchObject(said)
})

test.each([
  [null],
  [undefined],
  [7],
  [[]],
  [{}],
  [{ error: null }],
  [{ error: { message: 5, details: 'x' } }],
])('%j says nothing, and throws nothing', body => {
  expect(readError(body)).toEqual(NOTHING)
})
