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
  /** each request takes one of so many keys by chance, whose secrets are the numbers from 1 on, instead of `key` */
  numbered?: number
}

const EXTRA_LIMIT_MS = 30_000

/** Runs the built-in load program. It has no open loop: a load's rate is not kept. */
export async function runClosedLoop(
  pin: string[],
  target: Target,
  load: JsonLoad,
  file: string,
  numbered?: number,
): Promise<JsonReport> {
  const { connections, seconds } = load
  const order: ClosedLoopOrder = { url: target.url, key: target.key, file, connections, seconds }
  if (numbered !== undefined) order.numbered = numbered
  const command = ['bun', `${import.meta.dir}/closed-loop.ts`, JSON.stringify(order)]
  return JSON.parse(await run(command, seconds * 1000 + EXTRA_LIMIT_MS, { pin })) as JsonReport
}
