import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** PostgreSQL's maps of free room and of visibility: only hints, made anew where they are missing. */
const MAP = /^\d+_(?:fsm|vm)$/

/**
 * Removes the maps without a byte of a database that nobody has open. A process that ran out of descriptors leaves such a
 * file: made, never opened, and in the way of every later write to its table ("could not create file …: File exists").
 */
export function removeEmptyForks(folder: string): void {
  const base = join(folder, 'base')
  for (const database of readdirSync(base))
    for (const name of readdirSync(join(base, database))) {
      const file = join(base, database, name)
      if (MAP.test(name) && statSync(file).size === 0) rmSync(file)
    }
}
