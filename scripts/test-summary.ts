/** What `bun test` counted, from the lines at the end of its output. */
export interface Summary {
  passed: number
  failed: number
  skipped: number
}

/**
 * Adds up what was printed. A run that exits badly without a failed test (an error between tests, a crash, no test
 * at all) counts as one failure, so that the numbers never look better than the exit code.
 */
export function summarize(output: string, exitCode: number): Summary {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '')
  const count = (word: string) =>
    Number(
      plain
        .match(new RegExp(`^ *(\\d+) ${word}$`, 'gm'))
        ?.at(-1)
        ?.match(/\d+/)?.[0] ?? 0,
    )
  const errors = count('errors?')
  const failed = Math.max(count('fail'), errors, exitCode === 0 ? 0 : 1)
  const passed = count('pass')
  const ranNothing = passed + failed === 0 ? 1 : 0
  return { passed, failed: failed + ranNothing, skipped: count('skip') + count('todo') }
}

/** The closing line that CI reads. */
export function closingLine({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
