import { resolve } from 'node:path'
import { installMissing, refuseOldBun } from '../src/boot/install'

/** Before tests and checks: the pinned Bun, and every package of bun.lock. */
const root = resolve(import.meta.dir, '..')
const problem = refuseOldBun(root, Bun.version) ?? installMissing(root, 'all', line => console.log(line))
if (problem !== undefined) {
  console.error(problem)
  process.exit(1)
}
