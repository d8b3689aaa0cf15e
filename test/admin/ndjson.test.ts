import { expect, test } from 'bun:test'
import { wantsLines } from '../../src/admin/ndjson'

test.each([
  ['application/x-ndjson', true],
  ['APPLICATION/X-NDJSON', true],
  ['application/json, Application/x-NDJSON; charset=utf-8', true],
  ['application/x-ndjson;q=0.5', true],
  ['application/x-ndjson;q=0.001', true],
  ['application/x-ndjson;q=0', false],
  ['application/x-ndjson; Q=0.000, */*', false],
  ['application/json', false],
  ['application/x-ndjson-other', false],
  ['*/*', false],
  ['', false],
])('`accept: %s` asks for lines: %p', (accept, isWanted) => {
  expect(wantsLines(new Request('http://localhost', { headers: { accept } }))).toBe(isWanted)
})

test('no `accept` asks for none', () => {
  expect(wantsLines(new Request('http://localhost'))).toBe(false)
})
