import { resolve } from 'node:path'
import { closingLine, summarize } from './test-summary'

/** A busy machine is slow; a hung test still ends. */
const TIMEOUT_MS = 20_000

/** Runs the whole suite (arguments go to `bun test`) and closes with `N passed, N failed, N skipped`. */
const run = Bun.spawn([process.execPath, 'test', `--timeout=${TIMEOUT_MS}`, ...process.argv.slice(2)], {
  cwd: resolve(import.meta.dir, '..'),
  stdin: 'inherit',
  stdout: 'inherit',
  stderr: 'pipe',
  env: { ...process.env, ...(process.stderr.isTTY ? { FORCE_COLOR: '1' } : {}) },
})
const ENOUGH_FOR_THE_SUMMARY = 64 * 1024
const decoder = new TextDecoder()
let tail = ''
for await (const chunk of run.stderr) {
  process.stderr.write(chunk)
  tail = (tail + decoder.decode(chunk, { stream: true })).slice(-ENOUGH_FOR_THE_SUMMARY)
}
const exitCode = await run.exited
const summary = summarize(tail, exitCode)
console.log(closingLine(summary))
process.exit(exitCode !== 0 ? exitCode : summary.failed > 0 ? 1 : 0)
