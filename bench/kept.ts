import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machineKind } from './facts.ts'
import type { Result } from './results.ts'

/** NaN has no JSON: it is written as null, and read back as a value that was not measured. */
export const resultJson = (result: Result): string => `${JSON.stringify(result, null, 1)}\n`

/** Reads a result file. */
function readResult(file: string): Result {
  const revive = (_key: string, value: unknown) => (value === null ? Number.NaN : value)
  return JSON.parse(readFileSync(file, 'utf8'), revive) as Result
}

/** Keeps a result under its day and the kind of machine; a second one of the same day replaces the first. */
export function keepResult(folder: string, result: Result): string {
  const file = join(folder, `${result.facts.date.slice(0, 10)}-${machineKind(result.facts)}.json`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, resultJson(result))
  return file
}

/** The last kept result of one kind of machine, if there is one. */
export function lastKept(folder: string, kind: string): Result | undefined {
  if (!existsSync(folder)) return undefined
  const names = readdirSync(folder).filter(name => name.endsWith(`-${kind}.json`))
  const last = names.sort().at(-1)
  return last ? readResult(join(folder, last)) : undefined
}
