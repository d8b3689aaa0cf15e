import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The variables that `bun start` sets for the gateway of this tree: what is measured is what a user starts. */
export function startVariables(root: string): Record<string, string> {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return Object.fromEntries(
    [...scripts.start.matchAll(/(\w+)=(\S+) /g)].map(([, name, value]) => [name!, value!]),
  )
}
