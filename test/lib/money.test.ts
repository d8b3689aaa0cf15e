import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatUsd, PICO_PER_USD, parseUsd } from '../../src/lib/money'

test('decimal strings are exact', () => {
  expect(parseUsd('0.0375')).toBe(37_500_000_000n)
  expect(parseUsd('2.50')).toBe(2_500_000_000_000n)
  expect(parseUsd('0.000000000001')).toBe(1n)
  expect(parseUsd('999999999999999.999999999999')).toBe(10n ** 27n - 1n)
  expect(parseUsd('0')).toBe(0n)
})

test('anything else is no amount', () => {
  const wrong = [
    '',
    ' ',
    '-1',
    '+1',
    '1e3',
    '.5',
    '1.',
    '1,5',
    '0x1',
    'NaN',
    '1.0000000000001',
    '1 ',
    '\n1',
    '١',
  ]
  expect(wrong.filter(text => parseUsd(text) !== undefined)).toEqual([])
})

test('written amounts have no exponent and no trailing zeros', () => {
  expect(formatUsd(0n)).toBe('0')
  expect(formatUsd(1n)).toBe('0.000000000001')
  expect(formatUsd(PICO_PER_USD)).toBe('1')
  expect(formatUsd(2_500_000_000_000n)).toBe('2.5')
  expect(formatUsd(-37_500_000_000n)).toBe('-0.0375')
})

test('what is written reads back as the same amount', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 27n - 1n), amount => parseUsd(formatUsd(amount)) === amount),
    { numRuns: 500 },
  )
})
