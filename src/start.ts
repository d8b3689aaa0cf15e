// Nothing of node_modules may be imported here before it is installed.
import { resolve } from 'node:path'
import { installMissing, refuseOldBun } from './install'

const root = resolve(import.meta.dir, '..')

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function stop(line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

const tooOld = refuseOldBun(root, Bun.version)
if (tooOld !== undefined) stop(tooOld)
say(`CallMissed on Bun ${Bun.version}: starting …`)
const failed = installMissing(root, 'production', say)
if (failed !== undefined) stop(failed)
const { main } = await import('./main')
await main()
