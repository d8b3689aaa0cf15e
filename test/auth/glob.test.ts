import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { coversGlob, matchesGlob } from '../../src/auth/glob'

const pattern = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 7 }).map(parts => parts.join(''))
const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 9 }).map(parts => parts.join(''))

/** The same, said as a regular expression. */
function matchesNaively(glob: string, value: string): boolean {
  return new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(value)
}

test('a star stands for any run of characters, everything else for itself', () => {
  for (const [glob, value, isMatch] of [
    ['claude-*', 'claude-opus-4', true],
    ['claude-*', 'claude-', true],
    ['claude-*', 'claude', false],
    ['claude-*', 'CLAUDE-opus', false],
    ['*', '', true],
    ['*-mini', 'gpt-5-mini', true],
    ['*-mini', 'gpt-5-mini-2026', false],
    ['gpt-*-mini', 'gpt-mini', false],
    ['gpt-*-mini', 'gpt--mini', true],
    ['ab*ba', 'aba', false],
    ['a*a*a', 'aa', false],
    ['m', 'm', true],
    ['m', 'mm', false],
    ['', '', true],
    ['g.t', 'gpt', false],
    ['g?t', 'gpt', false],
    ['[gf]pt', 'gpt', false],
  ] as const)
    expect([glob, value, matchesGlob(glob, value)]).toEqual([glob, value, isMatch])
})

test('matches what the regular expression matches', () => {
  fc.assert(
    fc.property(pattern, text, (glob, value) => matchesGlob(glob, value) === matchesNaively(glob, value)),
    { numRuns: 20_000 },
  )
})

test('a pattern that covers another matches all that the other does', () => {
  fc.assert(
    fc.property(pattern, pattern, text, (outer, inner, value) => {
      fc.pre(coversGlob(outer, inner) && matchesGlob(inner, value))
      return matchesGlob(outer, value)
    }),
    { numRuns: 5_000 },
  )
})

test('a pattern that does not cover another has a text to show for it', () => {
  const texts = ['c'.repeat(8), ...allTexts(8)]
  fc.assert(
    fc.property(pattern, pattern, (outer, inner) => {
      fc.pre(!coversGlob(outer, inner))
      // A letter that no pattern has stands for what only a star takes.
      const witnesses = [inner.replaceAll('*', 'c'), inner.replaceAll('*', 'cc'), ...texts]
      return witnesses.some(value => matchesGlob(inner, value) && !matchesGlob(outer, value))
    }),
    { numRuns: 2_000 },
  )
})

test('no pattern is slow, however its parts repeat', () => {
  const value = 'a'.repeat(100_000)
  for (const glob of [
    `${'*a'.repeat(90)}*b*`,
    `*${'a'.repeat(190)}b*`,
    `${'*aab'.repeat(50)}*`,
    '*a'.repeat(100),
  ]) {
    const startedAt = performance.now()
    matchesGlob(glob, value)
    expect(performance.now() - startedAt).toBeLessThan(250)
  }
})

function allTexts(longest: number): string[] {
  const found = ['']
  for (let at = 0; at < found.length; at++) {
    const last = found[at]!
    if (last.length < longest) found.push(`${last}a`, `${last}b`)
  }
  return found
}
