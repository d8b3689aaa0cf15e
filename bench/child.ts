import { openSync } from 'node:fs'
import type { Subprocess } from 'bun'

type Child = Subprocess<'pipe' | 'ignore', 'pipe', 'pipe' | 'inherit' | 'ignore'>

const STOP_LIMIT_MS = 5_000
const SIGNAL_WAIT_MS = 1_000
const children = new Set<Child>()

/** How a program is started: on which cores, with what in its environment and on its input. */
export interface StartOptions {
  pin?: string[]
  env?: Record<string, string>
  input?: 'pipe'
  /** where its errors go instead of to ours; `null`: nowhere */
  errorsTo?: string | null
}

function errorsOf({ errorsTo }: StartOptions) {
  if (errorsTo === undefined) return 'inherit'
  return errorsTo === null ? 'ignore' : openSync(errorsTo, 'a')
}

/** Starts a program that ends with this one, however this one ends. Its output can be read. */
export function start(command: string[], options: StartOptions = {}): Child {
  const child = Bun.spawn([...(options.pin ?? []), ...command], {
    env: { ...process.env, ...options.env },
    stdin: options.input ?? 'ignore',
    stdout: 'pipe',
    stderr: errorsOf(options),
  }) as Child
  children.add(child)
  void child.exited.then(() => children.delete(child))
  return child
}

/** Runs a program to its end and gives back what it printed; throws when it fails or takes longer than `limitMs`. */
export async function run(command: string[], limitMs: number, options: StartOptions = {}): Promise<string> {
  const child = start(command, options)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const output = await new Response(child.stdout).text()
  const code = await child.exited
  clearTimeout(timer)
  if (code !== 0)
    throw new Error(`${command[0]} ended with ${child.signalCode ?? code}: ${output.slice(-500)}`)
  return output
}

/** Asks a program to end, and ends it after 5 s. */
export async function stop(child: Child): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await child.exited
  clearTimeout(timer)
}

/** Ends everything that was started: called once, at the end. */
export async function stopAll(): Promise<void> {
  await Promise.all([...children].map(stop))
}

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.on(signal, () => {
    for (const child of children) child.kill('SIGTERM')
    Bun.sleepSync(SIGNAL_WAIT_MS) // without giving way: the measurement must not go on and start the next program
    process.exit(code)
  })
