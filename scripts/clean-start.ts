import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { $, type Subprocess, which } from 'bun'
import manifest from '../package.json' with { type: 'json' }
import { closingLine } from './test-summary'

/**
 * The README's first command on a machine without Bun: a clean clone, no packages, no database, no vendor's key.
 * The `curl` line that it prints is pasted into a shell and must stream an answer; so must that of a second start.
 */
const project = resolve(import.meta.dir, '..')
const SERVING_WITHIN_MS = 180_000
const command = ['npx', '-y', `bun@${manifest.engines.bun}`, 'start']
const outcomes: boolean[] = []

function note(name: string, holds: boolean, detail = ''): void {
  outcomes.push(holds)
  console.log(`(${holds ? 'pass' : 'fail'}) ${name}${detail && ` ${detail}`}`)
}

/** A folder for PATH that has Node, npm and a shell, and no Bun. */
function pathWithoutBun(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const name of ['node', 'npm', 'npx', 'sh', 'env', 'curl', 'uname', 'ldd', 'dirname', 'readlink']) {
    const path = which(name)
    if (path) symlinkSync(path, join(bin, name))
  }
  return bin
}

/** Everything that a process has written so far. */
function follow(stream: ReadableStream<Uint8Array>): { text: string } {
  const seen = { text: '' }
  const decoder = new TextDecoder()
  void (async () => {
    for await (const chunk of stream) seen.text += decoder.decode(chunk, { stream: true })
  })().catch(error => console.error(error))
  return seen
}

async function untilPrinted(output: { text: string }, run: Subprocess): Promise<string | undefined> {
  const deadline = Date.now() + SERVING_WITHIN_MS
  while (Date.now() < deadline && run.exitCode === null) {
    const line = /^ *(curl .+)$/m.exec(output.text)?.[1]
    if (line) return line
    await Bun.sleep(50)
  }
  return undefined
}

async function startOnce(clone: string, env: Record<string, string>, name: string): Promise<void> {
  const begun = performance.now()
  const run = Bun.spawn(command, {
    cwd: clone,
    env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  })
  const output = follow(run.stdout)
  const errors = follow(run.stderr)
  const line = await untilPrinted(output, run)
  note(`${name}: serves`, line !== undefined, `after ${Math.round(performance.now() - begun)} ms`)
  if (line === undefined) console.error(output.text + errors.text)
  else {
    const { stdout, exitCode } = Bun.spawnSync(['timeout', '30', 'sh', '-c', line])
    const answer = stdout.toString()
    note(
      `${name}: the printed curl line streams an answer`,
      exitCode === 0 && answer.includes('data: [DONE]'),
    )
    note(`${name}: in more than one piece`, answer.split('\ndata: ').length > 4)
  }
  // The group, as Ctrl-C in a terminal would: npx and what it started.
  if (run.exitCode === null) process.kill(-run.pid, 'SIGINT')
  const stopped = await Promise.race([run.exited.then(() => true), Bun.sleep(45_000).then(() => false)])
  note(`${name}: stops`, stopped)
  if (!stopped) process.kill(-run.pid, 'SIGKILL')
}

const folder = mkdtempSync(join(tmpdir(), 'cm-'))
try {
  const clone = join(folder, 'clone')
  await $`git clone --quiet ${project} ${clone}`
  const env = { PATH: pathWithoutBun(folder), HOME: process.env.HOME ?? folder, PORT: '0', LOG_LEVEL: 'warn' }
  await startOnce(clone, env, 'first start')
  await startOnce(clone, env, 'second start')
} catch (error) {
  console.error(error)
  outcomes.push(false)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const passed = outcomes.filter(Boolean).length
console.log(closingLine({ passed, failed: outcomes.length - passed, skipped: 0 }))
process.exit(passed === outcomes.length ? 0 : 1)
