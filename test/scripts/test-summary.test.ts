import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingLine, summarize } from '../../scripts/test-summary'

/** Runs `bun test` on this text as a file and sums it up. */
function run(files: Record<string, string>, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'summary-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const { stderr, exitCode } = Bun.spawnSync([process.execPath, 'test', ...words], {
    cwd: folder,
    env: { ...process.env, FORCE_COLOR: '1' },
  })
  rmSync(folder, { recursive: true })
  return { ...summarize(stderr.toString(), exitCode), exitCode }
}

const GOOD =
  "import {test} from 'bun:test'; test('a', () => {}); test('b', () => {}); test.skip('c', () => {}); test.todo('d')"
const BAD =
  "import {test,expect} from 'bun:test'; test('e', () => { expect(1).toBe(2) }); test('f', () => {})"

test('counts what passed, failed and was skipped', () => {
  expect(run({ 'a.test.ts': GOOD })).toEqual({ passed: 2, failed: 0, skipped: 2, exitCode: 0 })
  expect(run({ 'a.test.ts': GOOD, 'b.test.ts': BAD })).toEqual({
    passed: 3,
    failed: 1,
    skipped: 2,
    exitCode: 1,
  })
})

test('an error between tests is a failure', () => {
  const summary = run({ 'a.test.ts': GOOD, 'b.test.ts': "throw new Error('between')" })
  expect(summary.passed).toBe(2)
  expect(summary.failed).toBeGreaterThan(0)
})

test('no test at all is a failure', () => {
  expect(run({ 'a.test.ts': GOOD }, 'nothing-of-this-name').failed).toBe(1)
  expect(run({}).failed).toBe(1)
})

test('a crash is a failure, whatever was counted before', () => {
  expect(summarize(' 12 pass\n 0 fail\n', 139)).toEqual({ passed: 12, failed: 1, skipped: 0 })
})

test('the closing line is the one that CI reads', () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 2 })).toBe('3 passed, 0 failed, 2 skipped')
})
