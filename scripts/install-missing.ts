import { resolve } from 'node:path'
import { installMissing, refuseOldBun } from '../src/boot/install'

/** Before tests and checks: the pinned Bun, and every package of bun.lock. */
const root = resolve(import.meta.dir, '..')
const leaving = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.once(signal, () => {
    leaving.abort()
    process.exit(1)
  })
const problem =
  refuseOldBun(root, Bun.version) ??
  (await installMissing(root, 'all', line => console.log(line), leaving.signal))
if (problem !== undefined) {
  console.error(problem)
  process.exit(1)
}
