import { run } from './child.ts'
import type { JsonLoad, JsonReport } from './json-load.ts'
import type { Target } from './target.ts'

/** What the built-in load program is told to do. */
export interface ClosedLoopOrder {
  url: string
  key: string
  file: string
  connections: number
  seconds: number
}

const EXTRA_LIMIT_MS = 30_000

/** Runs the built-in load program. It has no open loop: a load's rate is not kept. */
export async function runClosedLoop(
  pin: string[],
  target: Target,
  load: JsonLoad,
  file: string,
): Promise<JsonReport> {
  const { connections, seconds } = load
  const order: ClosedLoopOrder = { url: target.url, key: target.key, file, connections, seconds }
  const command = ['bun', `${import.meta.dir}/closed-loop.ts`, JSON.stringify(order)]
  return JSON.parse(await run(command, seconds * 1000 + EXTRA_LIMIT_MS, { pin })) as JsonReport
}
