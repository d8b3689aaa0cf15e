// Nothing of node_modules may be imported here before it is installed.
import { resolve } from 'node:path'
import { installMissing, refuseOldBun } from './boot/install'

const root = resolve(import.meta.dir, '..')
/** Said to the process that goes on after an install. */
const CONTINUES = '--continues'

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function stop(line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

/** Bun remembers that a folder had no packages, so what was just installed is seen by a new process alone. */
async function continueInNewProcess(): Promise<never> {
  const command = [process.execPath, import.meta.path, CONTINUES]
  const child = Bun.spawn(command, { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  // A terminal's Ctrl-C reaches both; a second one would cut what the first lets finish.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of SIGNALS) process.off(signal, endAtOnce)
  const code = await child.exited
  // One that died of the signal itself had not begun to serve: there was nothing to finish.
  process.exit(SIGNALS.some(signal => signal === child.signalCode) ? 0 : code)
}

/** Nothing is to be finished yet; and the first process of a container would not die of a signal by itself. */
const leaving = new AbortController()
const endAtOnce = () => {
  leaving.abort()
  process.exit(0)
}
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
for (const signal of SIGNALS) process.on(signal, endAtOnce)

if (!process.argv.includes(CONTINUES)) {
  const tooOld = refuseOldBun(root, Bun.version)
  if (tooOld !== undefined) stop(tooOld)
  say(`CallMissed on Bun ${Bun.version}: starting …`)
  let isNew = false
  const note = (line: string) => {
    isNew = true
    say(line)
  }
  const failed = await installMissing(root, 'production', note, leaving.signal)
  if (failed !== undefined) stop(failed)
  if (isNew) await continueInNewProcess()
}
const { main } = await import('./main')
// From here on they are its own.
for (const signal of SIGNALS) process.off(signal, endAtOnce)
await main()
