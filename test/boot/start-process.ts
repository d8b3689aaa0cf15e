import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dir, '..', '..')
const PATIENCE_MS = 40_000
const LOOK_MS = 5

export interface ProcessOptions {
  /** Added to an environment that has nothing of ours in it but PORT=0 and DATA_DIR. */
  env?: Record<string, string>
  /** How long anything is waited for. */
  patienceMs?: number
}

/** The gateway as a process of its own: what it prints, whom it answers, how it ends. */
export interface GatewayProcess {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** The first match in what it printed on stdout; rejects when it ends or the time passes without one. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  /** The same on stderr. */
  logged(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  /** Its exit code, null if a signal ended it; rejects when the time passes. */
  ended(timeoutMs?: number): Promise<number | null>
}

/** A process that serves. */
export interface ServingGateway extends GatewayProcess {
  readonly url: string
  /** The key that the start printed, if it printed one. */
  readonly key: string | undefined
  readonly adminKey: string | undefined
}

const running = new Map<ChildProcess, ChildProcess>()
const folders = new Set<string>()

/** A folder that `stopEverything` removes, of whichever file: to be made in a hook or a test, not while tests are collected. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-boot-'))
  folders.add(folder)
  return folder
}

/** Kills what still runs and removes the folders: for `afterEach` or `afterAll`. */
export async function stopEverything(): Promise<void> {
  const ends = [...running.keys()].map(child => new Promise(done => child.once('exit', done)))
  for (const child of running.keys()) child.kill('SIGKILL')
  await Promise.all(ends)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}

/** Starts `src/start.ts` as a user does, in the data folder's own surroundings: no file and no variable of this machine is seen. */
export function startProcess(
  dataDir: string,
  { env = {}, patienceMs = PATIENCE_MS }: ProcessOptions = {},
): GatewayProcess {
  const child = spawn(process.execPath, [join(ROOT, 'src', 'start.ts')], {
    cwd: resolve(dataDir, '..'),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the gateway could not be started')
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const exit = new Promise<number | null>(done => child.once('close', done))
  let hasEnded = false
  running.set(child, guard(pid))
  child.once('exit', () => {
    running.get(child)?.kill()
    running.delete(child)
  })
  void exit.then(() => (hasEnded = true))

  const match = async (name: 'stdout' | 'stderr', pattern: RegExp, timeoutMs: number) => {
    const until = performance.now() + timeoutMs
    while (true) {
      const isLast = hasEnded || performance.now() > until
      const found = pattern.exec(output[name])
      if (found) return found
      if (isLast) throw new Error(`no ${pattern} in ${JSON.stringify(output)}`)
      await Bun.sleep(LOOK_MS)
    }
  }
  return {
    pid,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    printed: (pattern, timeoutMs = patienceMs) => match('stdout', pattern, timeoutMs),
    logged: (pattern, timeoutMs = patienceMs) => match('stderr', pattern, timeoutMs),
    signal: name => void process.kill(pid, name),
    async ended(timeoutMs = patienceMs) {
      const late = Bun.sleep(timeoutMs).then(() => 'late' as const)
      const code = await Promise.race([exit, late])
      if (code === 'late') throw new Error(`still running after ${timeoutMs} ms: ${JSON.stringify(output)}`)
      return code
    },
  }
}

/** Starts the gateway and waits until it has said that it serves. */
export async function startGateway(dataDir: string, options?: ProcessOptions): Promise<ServingGateway> {
  const gateway = startProcess(dataDir, options)
  const [, url = ''] = await gateway.printed(/serves at (http:\S+)\n/)
  // The whole text comes in one write, and its end may come in another piece.
  await gateway.printed(/^ {2}(?:curl -N|Make a key:) .*\n/m)
  return {
    ...gateway,
    url,
    key: /^ {2}Key {4}(\S+)$/m.exec(gateway.stdout())?.[1],
    adminKey: /^ {2}Admin {2}(\S+)/m.exec(gateway.stdout())?.[1],
  }
}

/** Kills a process when this one is gone: bun's test runner calls no exit handler. */
function guard(pid: number): ChildProcess {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null'
  const guardian = spawn('sh', ['-c', script, 'sh', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'] })
  guardian.unref()
  return guardian
}
