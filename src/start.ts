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
  process.exit(await child.exited)
}

if (!process.argv.includes(CONTINUES)) {
  const tooOld = refuseOldBun(root, Bun.version)
  if (tooOld !== undefined) stop(tooOld)
  say(`CallMissed on Bun ${Bun.version}: starting …`)
  let isNew = false
  const failed = installMissing(root, 'production', line => {
    isNew = true
    say(line)
  })
  if (failed !== undefined) stop(failed)
  if (isNew) await continueInNewProcess()
}
const { main } = await import('./main')
await main()
